import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { MessageError, NotSendableError } from '#internal/base/errors.js';
import { loadModules } from '#internal/reduction/functions/load.js';
import type { FunctionNode } from '#internal/reduction/functions/node.js';
import { textHash } from '#internal/reduction/functions/text-hash.js';
import { functionPort } from '#internal/reduction/functions/port.js';
import { register } from '#internal/reduction/functions/registry.js';
import * as tag from '#internal/reduction/graph-tags.js';
import { GraphWriter } from '#internal/reduction/graph-writer.js';
import { GRAPH } from '#internal/reduction/message.js';
import { pack } from '#internal/reduction/pack.js';
import type { FunctionPort } from '#internal/reduction/ports.js';
import { modulesOf, unpack } from '#internal/reduction/unpack.js';
import { specialists } from '#internal/reduction/write-objects.js';

const timeout = 10_000;
const guarded = (): FunctionPort => functionPort({ accept: 'references' });
const marker = { ran: 0 };
Reflect.set(globalThis, 'manycoreTrustTest', marker);

/** A message in which every function is described as `node` says: what somebody may write who is no manycore. */
function forge(value: unknown, node: (fn: Function) => FunctionNode): Uint8Array {
  const port: FunctionPort = { describe: node, missing: never, build: never, patch: never };
  return pack(value, { functions: port }).bytes;
}

/** An object whose reduce method makes the receiver call `make(...args)`. */
function calls(make: Function, ...args: unknown[]): object {
  return { __proto__: { [Symbol.for('manycore.reduce')]: () => [make, ...args] } };
}

function never(): never {
  throw new Error('only packing is expected');
}

async function receive(bytes: Uint8Array, functions: FunctionPort = guarded()): Promise<unknown> {
  await loadModules(modulesOf(bytes, functions));
  return unpack(bytes, [], { functions });
}

describe('messages from outside of the program', () => {
  const factor = marker.ran + 2;
  const refused = /is refused: only functions by reference to a file, and registered ones, are accepted here$/;

  test('a function by value is refused before its text is compiled', { timeout }, async () => {
    const functions = functionPort('value');
    const { bytes } = pack([(x: number) => x * factor], { functions });
    await assert.rejects(receive(bytes), (error) => error instanceof NotSendableError && refused.test(error.message));
  });

  test('built-in and bound functions are refused', { timeout }, async () => {
    for (const fn of [readFileSync, parseInt, Math.max.bind(undefined, 1)]) {
      const { bytes } = pack({ fn }, { functions: functionPort() });
      await assert.rejects(receive(bytes), refused);
    }
  });

  test('a module whose URL is its text is not loaded', { timeout }, async () => {
    const url = 'data:text/javascript,manycoreTrustTest.ran++;export function f(){}';
    const bytes = forge(
      () => 0,
      () => ({ kind: 'reference', url, path: ['f'], via: 'exports', cjs: false, hash: '', name: 'f' }),
    );
    await assert.rejects(receive(bytes), refused);
    assert.equal(marker.ran, 0);
  });

  test('registered functions and functions of files arrive', { timeout }, async () => {
    const known = register(() => 'known', 'trust-test');
    assert.equal(await receive(pack(known, { functions: functionPort() }).bytes), known);
    assert.equal(await receive(pack(receiveNothing, { functions: functionPort('reference') }).bytes), receiveNothing);
  });

  test('without a port there is only data', { timeout }, () => {
    const { bytes } = pack({ fn: receiveNothing }, { functions: functionPort() });
    assert.throws(() => unpack(bytes), MessageError);
  });
});

describe('forged messages', () => {
  test('a reference does not lead to native code', { timeout }, async () => {
    const node = functionPort('reference').describe(receiveNothing);
    assert.ok(node.kind === 'reference');
    const bytes = forge(Function, () => ({ ...node, hash: textHash(Function), path: [...node.path, 'constructor'] }));
    await assert.rejects(receive(bytes), /nothing of that name is reachable/);
  });

  test('what a call gave is not called in its turn', { timeout }, () => {
    const functions = functionPort();
    const writer = new GraphWriter(specialists);
    writer.start({ functions });
    writer.target.bytes.fill(0, 0, 8);
    writer.target.bytes[0] = GRAPH;
    writer.offset = 8;
    writer.byte(tag.LIST);
    writer.register([]);
    writer.uint(2);
    // Gives `Function`, which is then called with a text.
    writer.write(calls(Reflect.get, Math.max, 'constructor'));
    writer.byte(tag.REDUCED);
    writer.byte(0);
    writer.byte(tag.REFERENCE);
    writer.uint(1); // the number of what the first call gives
    writer.uint(1);
    writer.write('manycoreTrustTest.ran++');
    assert.throws(() => unpack(writer.finish(), [], { functions }), MessageError);
    assert.equal(marker.ran, 0);
  });
});

export function receiveNothing(): undefined {
  return undefined;
}
