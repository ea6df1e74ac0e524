import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitFindings } from '#internal/cli/doctor/limits.js';
import { withoutAddon } from '../helpers/without-addon.ts';
import { lines, runCli } from './harness.ts';

const LIMIT = { timeout: 60_000 };

interface Report {
  readonly verdict: string;
  readonly findings: readonly { section: string; name: string; verdict: string; value: string; advice?: string }[];
}

test(
  'doctor says what works, with a real child of every start method, and ends with 0',
  { ...LIMIT, skip: withoutAddon('addon') },
  async () => {
    const { code, stdout, stderr } = await runCli(['doctor', '--json']);
    assert.deepEqual([code, stderr], [0, '']);
    const { verdict, findings }: Report = JSON.parse(stdout);
    assert.notEqual(verdict, 'problem');
    for (const name of ['spawn', 'forkserver', 'thread']) {
      const found = findings.find((one) => one.section === 'start methods' && one.name === name);
      assert.match(found?.value ?? '', /^works: a child answered/);
    }
    assert.equal(findings.find(({ name }) => name === 'addon')?.verdict, 'ok');
    assert.ok(findings.every((one) => one.verdict === 'ok' || one.advice !== undefined));
  },
);

test('doctor without the addon names the reason and what to do, and ends with 1', LIMIT, async () => {
  const { code, stdout } = await runCli(['doctor'], { env: { ...process.env, MANYCORE_NATIVE: 'off' } });
  assert.equal(code, 1);
  assert.match(
    stdout,
    /PROBLEM {2}addon +not loaded: it is switched off by MANYCORE_NATIVE=off; processes share no memory: .*\n +→ take MANYCORE_NATIVE=off/,
  );
  assert.match(lines(stdout).at(-1) ?? '', /^\d+ problem\(s\), \d+ warning\(s\)\.$/);
});

test('limits that are too low are warnings with a remedy', { timeout: 10_000 }, () => {
  const files: Readonly<Record<string, string>> = {
    '/proc/self/limits': [
      'Limit                     Soft Limit           Hard Limit           Units     ',
      'Max open files            256                  4096                 files     ',
      'Max processes             unlimited            unlimited            processes ',
      'Max address space         1073741824           1073741824           bytes     ',
    ].join('\n'),
    '/proc/self/cgroup': '0::/box',
    '/sys/fs/cgroup/box/pids.max': '100',
    '/sys/fs/cgroup/box/pids.current': '40',
    '/proc/sys/vm/overcommit_memory': '2',
    '/sys/fs/cgroup/cpu.max': '5000 100000',
  };
  const found = new Map(limitFindings((path) => files[path]).map((one) => [one.name, one]));
  assert.equal(found.get('open files')?.value, '256 (can be raised to 4096)');
  for (const name of ['open files', 'address space', 'container pids', 'overcommit']) {
    assert.equal(found.get(name)?.verdict, 'warning', name);
    assert.ok(found.get(name)?.advice);
  }
  assert.equal(found.get('processes')?.verdict, 'ok');
  assert.match(found.get('processors')?.value ?? '', /a quota of 0\.05/);
});

test('limits of older containers are found too', { timeout: 10_000 }, () => {
  const files: Readonly<Record<string, string>> = {
    '/proc/self/cgroup': '4:memory:/docker/x\n3:pids:/docker/x',
    '/sys/fs/cgroup/pids/docker/x/pids.max': '64',
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
  };
  const found = new Map(limitFindings((path) => files[path]).map((one) => [one.name, one]));
  assert.equal(found.get('container pids')?.verdict, 'warning');
  assert.match(found.get('processors')?.value ?? '', /a quota of 0\.50/);
});
