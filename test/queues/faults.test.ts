import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from '#internal/queues/queue.js';
import type { Process } from '#internal/process/process.js';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import type { StartMethod } from '../helpers/matrix.ts';
import * as targets from './targets.ts';

/** Seconds of killing; `MANYCORE_FAULT_SECONDS=60` for a long run. */
const SECONDS = Number(process.env['MANYCORE_FAULT_SECONDS'] ?? 4);
const LIMIT = { timeout: SECONDS * 1000 + 60_000 };
const METHOD: StartMethod = 'spawn';
const SIDES = 3;
const PATIENCE_MS = 2000;

type Child = Pick<Process, 'kill' | 'join'>;

/** What was reported, by producer. */
class Ledger {
  readonly #next = new Map<string, Set<number>>();
  readonly #lastPerReport = new Map<string, number>();
  total = 0;

  /** @param consumer Whose report it is: within one, the order of each producer holds. */
  note(item: string, consumer: string): void {
    const [producer = '', index = ''] = item.split(':');
    const number = Number(index);
    const seen = this.#next.get(producer) ?? new Set();
    this.#next.set(producer, seen);
    assert.ok(!seen.has(number), `${producer}:${index} came twice`);
    seen.add(number);
    const key = `${consumer}/${producer}`;
    assert.ok(number > (this.#lastPerReport.get(key) ?? -1), `${producer}:${index} came late at ${consumer}`);
    this.#lastPerReport.set(key, number);
    this.total++;
  }

  /** How many items are missing between the first and the last of each producer. */
  get missing(): number {
    let count = 0;
    for (const seen of this.#next.values()) count += [...seen].reduce((a, b) => Math.max(a, b), -1) + 1 - seen.size;
    return count;
  }
}

trackLeaks({ warmUp: () => run(targets.double, [1]) });

test(
  'producers and consumers that are killed at any moment harm nobody, and lose at most what they held',
  LIMIT,
  async (t) => {
    const queue = new Queue<string>(64);
    const ledger = new Ledger();
    const reports: { name: string; queue: Queue<string> }[] = [];
    const producers: Child[] = [];
    const consumers: Child[] = [];
    let names = 0;
    let killed = 0;
    const addProducer = (): void =>
      void producers.push(startChild(METHOD, targets.produceForEver, queue, `p${names++}`));
    const addConsumer = (): void => {
      const report = { name: `c${names++}`, queue: new Queue<string>() };
      reports.push(report);
      consumers.push(startChild(METHOD, targets.consumeForEver, queue, report.queue));
    };
    const drain = (): void => {
      for (const { name, queue: report } of reports) while (!report.empty()) ledger.note(report.getSync(), name);
    };
    for (let i = 0; i < SIDES; i++) {
      addProducer();
      addConsumer();
    }
    const end = performance.now() + SECONDS * 1000;
    while (performance.now() < end) {
      const before = ledger.total;
      const patience = performance.now() + PATIENCE_MS * 5;
      // Traffic goes on after every kill: nobody's lock is stuck.
      while (ledger.total < before + 200) {
        assert.ok(performance.now() < patience, `nothing moves after ${killed} kills`);
        drain();
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      const side = killed % 2 === 0 ? producers : consumers;
      const [victim] = side.splice(Math.floor(Math.random() * side.length), 1);
      victim?.kill();
      killed++;
      if (side === producers) addProducer();
      else addConsumer();
      await victim?.join();
    }
    for (const child of producers) child.kill();
    for (const child of producers) await child.join();
    // The consumers take what is left.
    const patience = performance.now() + PATIENCE_MS * 5;
    while (!queue.empty()) {
      assert.ok(performance.now() < patience, 'the consumers are stuck');
      drain();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    let rest: number;
    do {
      rest = ledger.total;
      // A consumer that lives reports what it has in a moment.
      await queue.get(200).catch(() => undefined);
      drain();
    } while (ledger.total > rest);
    for (const child of consumers) child.kill();
    for (const child of consumers) await child.join();
    drain();
    t.diagnostic(`${killed} kills, ${ledger.total} items, ${ledger.missing} of them lost with whoever held them`);
    assert.ok(killed >= 2 && ledger.total > 400, `${killed} kills, ${ledger.total} items`);
    assert.ok(ledger.missing <= Math.ceil(killed / 2), `${ledger.missing} items are missing after ${killed} kills`);
  },
);
