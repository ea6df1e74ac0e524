import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connection } from '#internal/connection/connection.js';
import { Pipe } from '#internal/connection/pipe.js';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { waitUntil } from '../helpers/rendezvous.ts';

const LIMIT = { timeout: 30_000 };
const EOF = { code: 'ERR_MP_EOF' };

describe('the life of a pipe', () => {
  trackLeaks({ warmUp: () => Pipe() });

  test('an end that was forgotten is closed when it is collected', LIMIT, async () => {
    const keep: Connection[] = [];
    const forget = (): void => void keep.push(Pipe()[0]);
    forget();
    await waitUntil(async () => {
      collectGarbage();
      return (await keep[0]?.poll()) === true;
    }, 'the far end is collected');
    await assert.rejects(keep[0]?.recv() ?? Promise.resolve(), EOF);
    keep[0]?.close();
  });

  test('a sender that never waits leaves the event loop its turns', LIMIT, async () => {
    const [left, right] = Pipe<number>();
    const turn = { isOver: false };
    setTimeout(() => (turn.isOver = true), 5);
    while (!turn.isOver) {
      await left.send(1);
      await right.recv();
    }
    left.close();
    right.close();
  });
});
