import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explore } from './explorer.ts';
import { mutexModel, type MutexOptions } from './mutex-model.ts';

const LIMIT = { timeout: 120_000 };

/** Every order of steps, and what may happen besides. */
const SOUND: readonly (readonly [title: string, options: MutexOptions])[] = [
  ['two threads, three rounds: no wake-up is lost although nobody looks again by himself', { actors: 2, rounds: 3 }],
  ['three threads, one round', { actors: 3, rounds: 1 }],
  ['two, one of which may give up', { actors: 2, rounds: 2, leaves: true }],
  ['three, one of which may give up', { actors: 3, rounds: 1, leaves: true }],
  ['three, one of which comes twice and one may give up', { actors: 3, rounds: [1, 1, 2], leaves: true }],
  ['two that look again by themselves', { actors: 2, rounds: 2, rechecks: true }],
  ['one of two is killed at any step', { actors: 2, rounds: 2, kills: 1, rechecks: true }],
  ['one of three is killed at any step', { actors: 3, rounds: 1, kills: 1, rechecks: true }],
  ['two of three are killed at any step', { actors: 3, rounds: 1, kills: 2, rechecks: true }],
];

/** Mistakes that the search must see, or it would prove nothing. */
const BROKEN: readonly MutexOptions[] = [
  { actors: 2, rounds: 2, broken: 'no look at waiters' },
  { actors: 3, rounds: 1, leaves: true, broken: 'no passing on' },
  { actors: 2, rounds: 2, broken: 'no look after bit' },
  { actors: 3, rounds: 2, broken: 'group stays away' },
  { actors: 3, rounds: [1, 1, 2], leaves: true, broken: 'reservation stays' },
  { actors: 2, rounds: 1, kills: 1 },
];

describe('the protocol of the mutex, in every order of its steps', () => {
  for (const [title, options] of SOUND) {
    test(title, LIMIT, (context) => {
      const { states, trouble } = explore(mutexModel(options));
      context.diagnostic(`${states} states`);
      assert.equal(trouble?.why, undefined, JSON.stringify(trouble?.path));
    });
  }

  for (const options of BROKEN) {
    test(`a mistake is found: ${options.broken ?? 'nobody looks for the dead'}`, LIMIT, (context) => {
      const { states, trouble } = explore(mutexModel(options));
      context.diagnostic(`${states} states, found after ${trouble?.path.length} steps`);
      assert.ok(trouble);
    });
  }
});
