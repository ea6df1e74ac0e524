import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { types } from 'node:util';
import { CallSite } from '#internal/reduction/call-site.js';
import { joinStacks, markRemote, packResult, packThrown } from '#internal/reduction/error-codec.js';
import { unpack } from '#internal/reduction/unpack.js';
import { TimeoutError } from '#internal/base/errors.js';
import { registry, roundTrip } from './helpers.ts';

const timeout = 5000;

class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;
  constructor(status: number) {
    super(`status ${status}`);
    if (status === undefined) throw new Error('the constructor was run');
    this.status = status;
  }
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('errors (FN-59)', () => {
  const functions = registry(HttpError);
  const errors: [string, unknown][] = [
    ['Error', new Error('plain')],
    ['TypeError', new TypeError('type')],
    ['cause chain', new Error('a', { cause: new RangeError('b', { cause: 'c' }) })],
    ['cause undefined', new Error('a', { cause: undefined })],
    ['AggregateError', new AggregateError([new Error('1'), new TypeError('2')], 'all')],
    ['fs error', thrownBy(() => readFileSync('/no/such/file'))],
    ['AssertionError', thrownBy(() => assert.equal(1, 2))],
    ['invalid URL', thrownBy(() => new URL('no'))],
    ['DOMException', new DOMException('stopped', 'AbortError')],
    ['TimeoutError of a signal', new DOMException('late', 'TimeoutError')],
    ['own class', new HttpError(404)],
    ['error of this library', new TimeoutError('too late')],
    ['extra fields', Object.assign(new Error('x'), { code: 'E_X', detail: { list: [1] } })],
  ];
  for (const [name, error] of errors) {
    test(`${name}: arrives as it was`, { timeout }, () => {
      const copy = roundTrip(error, { functions }) as Error;
      assert.equal(Object.getPrototypeOf(copy), Object.getPrototypeOf(error));
      assert.equal(types.isNativeError(copy), types.isNativeError(error));
      assert.deepStrictEqual(copy, error);
      assert.deepStrictEqual(described(copy), described(error));
    });
  }

  test('an error that is its own cause arrives', { timeout }, () => {
    const error: Error & { cause?: unknown } = new Error('loop');
    error.cause = error;
    const copy = roundTrip(error) as Error;
    assert.equal(copy.cause, copy);
  });

  for (const thrown of ['text', undefined, { reason: 1 }, 42, null]) {
    test(`a thrown ${JSON.stringify(thrown)} arrives as it is`, { timeout }, () => {
      assert.deepStrictEqual(unpack(packThrown(thrown).bytes), thrown);
    });
  }
});

/** What the program sees of an error, stack included. */
function described(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    cause: described(cause),
    keys: Object.keys(error),
    own: Object.hasOwn(error, 'cause'),
  };
}

describe('unsendable parts of errors (FN-60)', () => {
  test('an own property that cannot be sent is left out and listed', { timeout }, () => {
    const error = Object.assign(new Error('x'), {
      socket: { inner: [Promise.resolve()] },
      code: 'E_X',
      after: new Map([[1, 2]]),
    });
    const copy = roundTrip(error) as Error & { code: string; notSent: string[]; after: Map<number, number> };
    assert.equal(copy.message, 'x');
    assert.equal(copy.code, 'E_X');
    assert.deepEqual(copy.notSent, ['socket']);
    assert.equal(copy.after.get(1), 2);
    assert.ok(!('socket' in copy));
  });

  test('what an unsendable part shares with a sendable one still arrives', { timeout }, () => {
    const shared = { s: 1 };
    const error = Object.assign(new Error('x'), { bad: [shared, Promise.resolve()], good: [shared, shared] });
    const copy = roundTrip(error) as Error & { good: unknown[] };
    assert.deepEqual(copy.good, [{ s: 1 }, { s: 1 }]);
    assert.equal(copy.good[0], copy.good[1]);
  });

  test('an error whose class cannot be sent arrives as the nearest class that can', { timeout }, () => {
    class Local extends RangeError {}
    const copy = roundTrip(new Local('x')) as Error & { notSent: string[] };
    assert.equal(copy.constructor, RangeError);
    assert.deepEqual(copy.notSent, ['class Local']);
  });

  test('private fields of an error and of its base classes are listed as not sent', { timeout }, () => {
    class Coded extends Error {
      readonly #code = 7;
      get code(): number {
        return this.#code;
      }
    }
    class Named extends Coded {
      readonly #owner = 'me';
      readonly kept = 1;
      get owner(): string {
        return this.#owner;
      }
    }
    const copy = roundTrip(new Named('n'), { functions: registry(Named) }) as Named & { notSent: string[] };
    assert.ok(copy instanceof Named);
    assert.equal(copy.kept, 1);
    assert.deepEqual(copy.notSent, ['#owner', '#code']);
    assert.throws(() => copy.code, TypeError);
  });

  test('a getter of an error that throws is left out', { timeout }, () => {
    const error = new Error('x');
    Object.defineProperty(error, 'trap', {
      enumerable: true,
      get() {
        throw new Error('hands off');
      },
    });
    assert.deepEqual((roundTrip(error) as { notSent?: unknown }).notSent, ['trap']);
  });

  test('packResult() says that it is the result', { timeout }, () => {
    assert.throws(() => packResult({ done: Promise.resolve() }), {
      code: 'ERR_MP_NOT_SENDABLE',
      message:
        'the result of the call cannot be sent back: cannot send value.done to another process: it is a Promise (await it first)',
    });
  });

  test('packThrown() shows what it cannot send', { timeout }, () => {
    const copy = unpack(packThrown({ done: Promise.resolve(7) }).bytes) as Error;
    assert.equal(copy.name, 'RemoteError');
    assert.match(copy.message, /^\{ done: Promise .* was thrown, and cannot send the thrown value \(value\.done\)/);
  });
});

describe('stacks', () => {
  test('the worker comes first, then the caller', { timeout }, () => {
    const joined = joinStacks(
      'Error: x\n    at task (a.js:1:1)',
      '    --- worker 3 ---',
      'Error\n    at main (b.js:2:2)',
    );
    assert.equal(joined, 'Error: x\n    at task (a.js:1:1)\n    --- worker 3 ---\n    at main (b.js:2:2)');
  });

  test('markRemote() adds a hidden origin and leaves the cause alone', { timeout }, () => {
    const error = new Error('x', { cause: 'mine' });
    const before = error.stack;
    const marked = markRemote(error, { pid: 812, workerId: 3, task: 17 }, new CallSite().text);
    assert.equal(marked, error);
    assert.deepEqual(Object.keys(error), []);
    assert.equal(error.cause, 'mine');
    assert.deepEqual(Reflect.get(error, 'remote'), { pid: 812, workerId: 3, task: 17, stack: before });
    assert.match(error.stack ?? '', /\n {4}--- worker 3 \(pid 812\), task 17, called from ---\n {4}at .*errors\.test/);
  });

  test('the origin survives another hop', { timeout }, () => {
    const error = markRemote(new Error('x'), { pid: 1, workerId: 2, task: 3 }, '');
    assert.equal((Reflect.get(roundTrip(error) as object, 'remote') as { pid: number }).pid, 1);
  });
});
