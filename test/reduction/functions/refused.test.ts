import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { runCases } from './run-fixture.ts';

const CANNOT = 'cannot send function ';
const TO = ' to another process: ';

const REFUSALS: readonly (readonly [title: string, id: string, message: string])[] = [
  [
    'captured this',
    'FN-39',
    `${CANNOT}'anonymous' (refused.mjs:17:10)${TO}it is an arrow function that uses 'this' of an enclosing function; take what you need into a const first`,
  ],
  [
    'captured new.target',
    'FN-39',
    `${CANNOT}'anonymous' (refused.mjs:20:10)${TO}it is an arrow function that uses 'new.target' of an enclosing function; take what you need into a const first`,
  ],
  [
    'super',
    'FN-39',
    `${CANNOT}'name' (refused.mjs:6:7)${TO}it uses 'super'; send its class by exporting it from a module`,
  ],
  [
    'private name',
    'FN-39',
    `${CANNOT}'read' (refused.mjs:9:7)${TO}it uses the private name #balance, which exists only inside its class; export the class instead`,
  ],
  [
    'eval',
    'FN-39',
    `${CANNOT}'lookUp' (refused.mjs:12:9)${TO}it calls eval(), so the variables it needs cannot be known`,
  ],
  ['proxy', 'FN-42', `${CANNOT}'anonymous'${TO}it is a Proxy around a function`],
  [
    'native without a name',
    'FN-42',
    `${CANNOT}'anonymous'${TO}it is native code that no global or built-in module exports`,
  ],
  ['internal to Node', 'FN-42', `${CANNOT}'onWarning'${TO}it is native code that no global or built-in module exports`],
];

describe('functions that cannot cross', () => {
  const outcomes = runCases('refused.mjs');

  for (const [title, id, message] of REFUSALS) {
    test(`${title} is refused with the reason and the place (${id})`, { timeout: 30_000 }, async () => {
      const outcome = (await outcomes).get(title);
      assert.equal(outcome?.error, message);
      assert.equal(outcome?.code, 'ERR_MP_NOT_SENDABLE');
    });
  }

  for (const [title, pattern] of [
    ['captured promise', /it is a Promise \(await it first\) \(captured as 'pending' by function 'handler'\)$/],
    ['captured weak map', /it is a WeakMap.*\(captured as 'weak'/],
    ['captured local symbol', /local symbol Symbol\(local\).*\(captured as 'local'/],
  ] as const) {
    test(`${title} is refused with the name of the variable (FN-44)`, { timeout: 30_000 }, async () => {
      assert.match((await outcomes).get(title)?.error ?? '', pattern);
    });
  }

  test('shared and well-known symbols can be captured (FN-44)', { timeout: 30_000 }, async () => {
    assert.equal((await outcomes).get('captured shared symbol')?.remote, '[ Symbol(shared), Symbol(Symbol.iterator) ]');
  });

  test('a generator that runs is refused (FN-28)', { timeout: 30_000 }, async () => {
    assert.match((await outcomes).get('running generator')?.error ?? '', /generator in the middle of its run/);
  });

  test('an instance with private fields is refused by class and field (FN-37)', { timeout: 30_000 }, async () => {
    assert.match(
      (await outcomes).get('instance with private fields')?.error ?? '',
      /class Account has private fields \(#balance\)/,
    );
  });

  test('explain names the way, the place and the captures', { timeout: 30_000 }, async () => {
    assert.match(
      (await outcomes).get('explain')?.remote ?? '',
      /^by value \(refused\.mjs:\d+:\d+\), captures: accessible, value$/,
    );
  });
});
