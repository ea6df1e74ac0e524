import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Task } from '#internal/workers/task.js';
import { Vacancies, Vacancy } from '#internal/workers/vacancies.js';
import type { Worker } from '#internal/workers/worker.js';
import { cpuCount } from 'manycore';

const MOST = Math.max(8, 2 * cpuCount());

/** As much of a worker as is looked at. */
function fake(startedAt = performance.now()): { worker: Worker; begin(): void } {
  const process = { hasBegun: false };
  return {
    worker: { process, startedAt } as unknown as Worker,
    begin: () => {
      process.hasBegun = true;
    },
  };
}

test('only some workers begin at the same time', () => {
  const vacancies = new Vacancies();
  const workers = Array.from({ length: MOST }, () => fake());
  for (const { worker } of workers) {
    assert.ok(vacancies.mayBegin);
    vacancies.started(worker);
  }
  assert.equal(vacancies.mayBegin, false);
  const [first, second, third] = workers;
  assert.ok(first && second && third);
  first.begin();
  assert.ok(vacancies.mayBegin);
  vacancies.started(fake().worker);
  assert.equal(vacancies.mayBegin, false);
  vacancies.left(second.worker);
  assert.ok(vacancies.mayBegin);
});

test('one that has not begun after some seconds holds nobody up', () => {
  const vacancies = new Vacancies();
  for (let i = 0; i < MOST; i++) vacancies.started(fake(performance.now() - 60_000).worker);
  assert.ok(vacancies.mayBegin);
});

test('places are taken back from the last one on, but for those with calls', () => {
  const vacancies = new Vacancies();
  // As much of a task as is looked at: nothing.
  const call = {} as Task;
  const list = [new Vacancy(), new Vacancy(), new Vacancy(undefined, [call]), new Vacancy()];
  for (const one of list) vacancies.add(one);
  vacancies.drop(3);
  assert.deepEqual([vacancies.open, vacancies.size], [[list[0]], 2]);
  assert.deepEqual(vacancies.takeCalls(), [call]);
  assert.deepEqual([vacancies.open, vacancies.size], [[list[0]], 1]);
});
