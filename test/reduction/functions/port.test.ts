import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { compileFunction } from 'node:vm';

import { explain } from '#internal/reduction/functions/explain.js';
import { functionPort } from '#internal/reduction/functions/port.js';
import { TokenOwner, ownFunction, register } from '#internal/reduction/functions/registry.js';

const alone = { late: [], self: [] };

describe('the port of functions', () => {
  test('tells what is described once and for all from what is read anew', () => {
    const port = functionPort();
    const factor = 2;
    const closure = (x: number): number => x * factor;
    const named = register(() => 1, 'port.named');
    const bare = (x: number): number => x + 1;
    for (const fn of [closure, named, readFileSync, bare]) port.describe(fn);
    assert.deepEqual(
      [closure, named, readFileSync, bare].map((fn) => port.isStable(fn)),
      [false, true, true, true],
    );
  });

  test('gives back its own function for a token, while somebody holds it', () => {
    const owner = new TokenOwner();
    const own = (): number => alone.late.length;
    const node = functionPort({ owner }).describe(own);
    assert.ok(node.kind === 'value');
    assert.equal(functionPort().build(node, alone), own);
    assert.equal(functionPort().build({ kind: 'token', token: node.token }, alone), own);
    assert.equal(owner.size, 1);
    owner.free();
    assert.equal(owner.size, 0);
    assert.equal(ownFunction(node.token), own);
    assert.throws(() => functionPort().build({ kind: 'token', token: 'gone:1' }, alone), {
      code: 'ERR_MP_NOT_SENDABLE',
      message: 'a function of this process came back, but it is no longer known here',
    });
  });

  test('sends what came from the peer back by its token alone', () => {
    const factor = 3;
    const node = functionPort().describe((x: number) => x * factor);
    assert.ok(node.kind === 'value');
    const copy = functionPort().build({ ...node, token: 'elsewhere:7' }, alone);
    assert.equal(Reflect.apply(copy, undefined, [2]), 6);
    assert.deepEqual(functionPort({ peer: 'elsewhere' }).describe(copy), { kind: 'token', token: 'elsewhere:7' });
    const again = functionPort({ peer: 'another' }).describe(copy);
    assert.ok(again.kind === 'value');
    assert.equal(again.token, 'elsewhere:7');
  });

  test('gives late captures their values', () => {
    const later = (): unknown => partner;
    const partner = (): unknown => later;
    const node = functionPort().describe(later);
    assert.ok(node.kind === 'value');
    const port = functionPort();
    const fn = port.build({ ...node, token: 'elsewhere:8' }, { late: ['partner'], self: [] });
    assert.equal(Reflect.apply(fn, undefined, []), undefined);
    port.patch(fn, 'partner', 5);
    assert.equal(Reflect.apply(fn, undefined, []), 5);
  });

  test('asks for no text of a stack: formatters of loaders read source maps for it', () => {
    let texts = 0;
    const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    Error.prepareStackTrace = (error) => `${error.message}${texts++}`;
    try {
      // Its script is known to nobody.
      assert.match(explain(compileFunction('return 1')), /^by value, captures: nothing$/);
      assert.equal(typeof Error.prepareStackTrace, 'function');
    } finally {
      Reflect.deleteProperty(Error, 'prepareStackTrace');
      if (before) Object.defineProperty(Error, 'prepareStackTrace', before);
    }
    assert.equal(texts, 0);
  });

  test('refuses names that are taken, empty, or no functions', () => {
    register(readFileSync, 'port.taken');
    const wrong = { code: 'ERR_MP_INVALID_ARG' };
    assert.throws(() => register(() => 1, 'port.taken'), wrong);
    assert.throws(() => register(() => 1, ''), wrong);
    assert.throws(() => Reflect.apply(register, undefined, [1, 'x']), wrong);
    assert.throws(() => explain(Object(1)), wrong);
  });
});
