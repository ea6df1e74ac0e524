import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getContext, getLogger, type LogLevel, type LogRecord, run } from 'manycore';
import { logDebug, logInfo } from '#internal/base/log.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };
/** The compiled file runs, so the engine tells its name unless source maps are on. */
const THIS_FILE = /logging\.test\.[jt]s$/;

/** Runs `work` at that level and gives every record that came until one fits `last`, from children too where they are collected. */
async function recordsOf(
  level: LogLevel,
  work: () => unknown,
  last?: (record: LogRecord) => boolean,
): Promise<LogRecord[]> {
  const logger = getLogger();
  const records: LogRecord[] = [];
  const note = (record: LogRecord): void => void records.push(record);
  logger.setLevel(level);
  logger.addHandler(note);
  try {
    await work();
    if (last) await waitUntil(() => records.some(last), 'the record came');
  } finally {
    logger.removeHandler(note);
    logger.setLevel('NOTSET');
  }
  return records;
}

function isOf(message: string): (record: LogRecord) => boolean {
  return (record) => record.message === message;
}

function messagesOf(records: readonly LogRecord[]): string[] {
  return records.map(({ message }) => message);
}

test('records below the level of the logger go nowhere, and their texts are not made (LOG-01)', LIMIT, async () => {
  let made = 0;
  const say = (): string => `note ${++made}`;
  const records = await recordsOf('INFO', () => {
    getLogger().debug('hidden');
    getLogger().info('shown %s', 'so', { a: 1 });
    getLogger().log('subdebug', 'hidden');
    getLogger().log(35, 'between');
    logDebug(say);
    logInfo(say);
  });
  assert.deepEqual(messagesOf(records), ['shown so { a: 1 }', 'between', 'note 1']);
  assert.deepEqual(
    records.map(({ level, levelNumber }) => [level, levelNumber]),
    [
      ['INFO', 20],
      ['35', 35],
      ['INFO', 20],
    ],
  );
});

test('isEnabledFor() and the levels say what goes through', LIMIT, () => {
  const logger = getLogger();
  assert.equal(logger, getLogger());
  assert.deepEqual([logger.level, logger.getEffectiveLevel()], ['NOTSET', 'WARNING']);
  logger.setLevel('error');
  assert.deepEqual([logger.level, logger.getEffectiveLevel()], ['ERROR', 'ERROR']);
  assert.deepEqual([logger.isEnabledFor('WARNING'), logger.isEnabledFor(40)], [false, true]);
  logger.setLevel('NOTSET');
});

test(
  'a record names the file and line of its caller, for the logger and for helper functions alike (LOG-04)',
  LIMIT,
  async () => {
    const records = await recordsOf('DEBUG', () => {
      getLogger().info('the logger');
      logInfo(() => 'a helper');
      logDebug(() => 'another');
    });
    assert.deepEqual(messagesOf(records), ['the logger', 'a helper', 'another']);
    for (const { file } of records) assert.match(file, THIS_FILE);
    const [first = 0, ...others] = records.map(({ line }) => line);
    assert.ok(first > 0);
    assert.deepEqual(others, [first + 1, first + 2]);
  },
);

test('a handler may be a console: it gets text by level', LIMIT, async () => {
  const heard: string[] = [];
  const listen = (method: string) => (text: string) => heard.push(`${method} ${text}`);
  const sink = { debug: listen('debug'), info: listen('info'), warn: listen('warn'), error: listen('error') };
  getLogger().addHandler(sink);
  await recordsOf('DEBUG', targets.logAtEveryLevel);
  getLogger().removeHandler(sink);
  const plain = heard.map((line) => line.split('\n', 1)[0]);
  const who = `MainProcess/${process.pid}`;
  assert.deepEqual(plain, [
    `debug [DEBUG/${who}] a debug message`,
    `info [INFO/${who}] an info message`,
    `warn [WARNING/${who}] a warning`,
    `error [ERROR/${who}] an error RangeError: of this kind`,
    `error [CRITICAL/${who}] the end`,
  ]);
});

test('what a handler logs itself is not handed to handlers again', LIMIT, async () => {
  const echo = (record: LogRecord): void => getLogger().error(`again: ${record.message}`);
  getLogger().addHandler(echo);
  const records = await recordsOf('INFO', () => getLogger().error('once'));
  getLogger().removeHandler(echo);
  assert.deepEqual(messagesOf(records), ['once']);
});

test('what is no level and no handler is refused', LIMIT, () => {
  const logger = getLogger();
  const invalid = { code: 'ERR_MP_INVALID_ARG' };
  // @ts-expect-error no such level
  assert.throws(() => logger.setLevel('LOUD'), { name: 'RangeError', message: /INFO/, ...invalid });
  assert.throws(() => logger.setLevel(-1), { name: 'RangeError', ...invalid });
  assert.throws(() => logger.log(Number.NaN, 'x'), { name: 'RangeError', ...invalid });
  // @ts-expect-error no methods
  assert.throws(() => logger.addHandler({ info: console.log }), { name: 'TypeError', ...invalid });
});

eachStartMethod('logging', (method) => {
  const context = getContext(method);
  /** Without the addon, processes share nothing with the one who collects. */
  const COLLECTED = { ...LIMIT, skip: method !== 'thread' && withoutAddon('logging') };
  trackLeaks({
    mayStay: ({ commandLine }) => isSpare(method, commandLine),
    // The line of the collected records stays until the thread ends.
    warmUp: async () => {
      getLogger().collect();
      await run(targets.nothing, [], { context: method });
    },
  });

  test('an explicit level reaches the child (LOG-02)', LIMIT, async () => {
    getLogger().setLevel(15);
    assert.equal(await context.run(targets.ownLevel), '15');
    getLogger().setLevel('ERROR');
    assert.equal(await context.run(targets.ownLevel), 'ERROR');
    getLogger().setLevel('NOTSET');
  });

  test('without a level of its own, the level of the program reaches the child (LOG-03)', LIMIT, async () => {
    assert.equal(await context.run(targets.effectiveLevel), 'WARNING');
    const env = { MANYCORE_LOG_LEVEL: 'CRITICAL' };
    assert.equal(await run(targets.effectiveLevel, [], { context: method, env }), 'CRITICAL');
  });

  test(
    'records of children come here with pid and name, each in its order, before what is said of their end',
    COLLECTED,
    async () => {
      const records = await recordsOf('INFO', async () => {
        const children = ['A', 'B'].map(
          (name) => new context.Process({ target: targets.logNumbers, args: [50], name }),
        );
        for (const child of children) child.start();
        for (const child of children) await child.join();
      });
      for (const name of ['A', 'B']) {
        const own = records.filter(({ processName }) => processName === name);
        assert.deepEqual(
          messagesOf(own).slice(1, 51),
          Array.from({ length: 50 }, (_, i) => `number ${i}`),
        );
        assert.equal(new Set(own.map(({ pid, ident }) => `${pid} ${ident}`)).size, 1);
        assert.equal(
          own.every(({ pid }) => (pid === process.pid) === (method === 'thread')),
          true,
        );
        const said = records.findIndex(
          ({ message }) => message.startsWith(`${name} (`) && message.includes('has ended'),
        );
        assert.ok(records.findLastIndex(({ processName }) => processName === name) < said);
      }
    },
  );

  test('a record is out before its process ends, however it ends', COLLECTED, async () => {
    const records = await recordsOf('INFO', async () => {
      const child = new context.Process({ target: targets.logAndDie });
      child.start();
      child.joinSync();
      assert.equal(child.exitCode, 3);
    });
    assert.ok(messagesOf(records).includes('last words'));
    assert.ok(messagesOf(records).includes('the process exits with exit code 3'));
  });

  test('records of grandchildren come here too', COLLECTED, async () => {
    const records = await recordsOf('INFO', () => context.run(targets.logInGrandchild, [method]), isOf('number 0'));
    const found = records.find(({ message }) => message === 'number 0');
    assert.equal(found?.processName, 'Grandchild');
  });

  test('a record of a child names the file and line of the call there (LOG-04)', COLLECTED, async () => {
    const records = await recordsOf('INFO', () => context.run(targets.logWhereItStands), isOf('here'));
    const found = records.find(({ message }) => message === 'here');
    assert.match(found?.file ?? '', /targets\.[jt]s$/);
  });

  test('a long record comes whole', COLLECTED, async () => {
    const isWhole = ({ message }: LogRecord): boolean => message.length === 300_000;
    assert.ok((await recordsOf('INFO', () => context.run(targets.logLongText, [300_000]), isWhole)).some(isWhole));
  });

  test('a worker that is lost and its replacement are told of', LIMIT, async () => {
    const records = await recordsOf('INFO', async () => {
      await using pool = new context.Pool(1);
      await assert.rejects(pool.apply(targets.logAndDie), { code: 'ERR_MP_WORKER_LOST' });
      await pool.apply(targets.nothing);
    });
    assert.ok(messagesOf(records).some((message) => /worker 1 \(pid \d+\) ended and was replaced/.test(message)));
  });
});
