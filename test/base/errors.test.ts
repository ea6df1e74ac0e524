import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as errors from '#internal/base/errors.js';

const { BufferTooShortError, ManycoreError, TimeoutError, WorkerLostError } = errors;

describe('errors', () => {
  test('every class has its own code and carries its name', { timeout: 5_000 }, () => {
    const codes = new Set<string>();
    for (const [name, ErrorClass] of Object.entries(errors)) {
      const error =
        name === 'BufferTooShortError' ? new BufferTooShortError('text', new Uint8Array()) : make(ErrorClass);
      assert.equal(error.name, name);
      assert.ok(error instanceof ManycoreError);
      assert.match(error.code, /^ERR_MP(_[A-Z]+)*$/);
      assert.ok(!codes.has(error.code), `${error.code} is used twice`);
      codes.add(error.code);
    }
    assert.equal(codes.size, Object.keys(errors).length);
  });

  test('the name leads the printed text and the cause is kept', { timeout: 5_000 }, () => {
    const cause = new Error('inner');
    const error = new TimeoutError('get() had no result after 5 ms', { cause });
    assert.equal(String(error), 'TimeoutError: get() had no result after 5 ms');
    assert.equal(error.cause, cause);
  });

  test('a lost worker is described, and what is not known has a fixed value', { timeout: 5_000 }, () => {
    const known = new WorkerLostError('lost', { pid: 7, exitCode: 3, signal: 'SIGKILL', workerId: 1, stderr: 'oops' });
    assert.deepEqual(
      [known.pid, known.exitCode, known.signal, known.workerId, known.stderr],
      [7, 3, 'SIGKILL', 1, 'oops'],
    );
    const unknown = new WorkerLostError('lost');
    assert.deepEqual(
      [unknown.pid, unknown.exitCode, unknown.signal, unknown.workerId, unknown.stderr],
      [undefined, null, null, undefined, ''],
    );
  });

  test('a message that was too long comes along whole', { timeout: 5_000 }, () => {
    const bytes = new Uint8Array([1, 2, 3]);
    assert.equal(new BufferTooShortError('3 bytes, room for 2', bytes).bytes, bytes);
  });
});

/** All but one of the classes take a message only. */
function make(ErrorClass: new (message: string, ...rest: never[]) => errors.ManycoreError): errors.ManycoreError {
  return new ErrorClass('text');
}
