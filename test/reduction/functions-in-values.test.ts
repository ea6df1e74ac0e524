import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NotSendableError } from '#internal/base/errors.js';
import type { FunctionNode } from '#internal/reduction/functions/node.js';
import { registerHandler } from '#internal/reduction/handlers.js';
import { pack } from '#internal/reduction/pack.js';
import type { FunctionPort } from '#internal/reduction/ports.js';
import { modulesOf, unpack } from '#internal/reduction/unpack.js';
import { messageOf, roundTrip } from './helpers.ts';

const timeout = 5000;
/** What a made function captured. */
class Captured {
  [name: string]: unknown;
}

type Made = ((...args: unknown[]) => unknown) & { captured: Record<string, unknown>; late: readonly string[] };

/** A port whose functions carry what they capture as a property; enough to see order and cycles. */
function port(captured: Map<Function, Record<string, unknown>>): FunctionPort {
  return {
    describe(fn: Function): FunctionNode {
      const bound = captured.get(fn);
      if (bound !== undefined && 'target' in bound) {
        return { kind: 'bound', target: bound['target'], boundThis: bound['boundThis'], boundArgs: [] };
      }
      const captures = Object.entries(bound ?? {}).map(([name, value]) => ({ name, value, assigned: false }));
      return {
        kind: 'value',
        name: fn.name,
        text: '',
        form: 'expression',
        url: '',
        line: 1,
        column: 1,
        strict: true,
        cjs: false,
        captures,
        token: fn.name,
      };
    },
    missing: (node) => ({ url: node.url, cjs: node.cjs, name: node.name }),
    build(node, { late, self }): Function {
      if (node.kind === 'bound') {
        assert.equal(typeof node.target, 'function');
        return Object.assign(() => undefined, {
          captured: { target: node.target, boundThis: node.boundThis },
          late: [],
        });
      }
      assert.equal(node.kind, 'value');
      const made = Object.assign(() => undefined, { captured: new Captured(), late, token: node.token });
      for (const { name, value } of node.captures) made.captured[name] = self.includes(name) ? made : value;
      return made;
    },
    patch(fn, name, value): void {
      assert.ok((fn as Made).late.includes(name));
      (fn as Made).captured[name] = value;
    },
  };
}

function named(name: string): () => void {
  return Object.defineProperty(() => undefined, 'name', { value: name });
}

describe('functions as parts of values', () => {
  test('a recursive function captures itself without a patch', { timeout }, () => {
    const f = named('f');
    const copy = roundTrip(f, { functions: port(new Map([[f, { f }]])) }) as Made;
    assert.equal(copy.captured['f'], copy);
    assert.deepEqual(copy.late, []);
  });

  test('two functions that capture each other arrive as such (one is patched)', { timeout }, () => {
    const [even, odd] = [named('even'), named('odd')];
    const functions = port(
      new Map([
        [even, { odd }],
        [odd, { even }],
      ]),
    );
    const copy = roundTrip({ even, odd }, { functions }) as { even: Made; odd: Made };
    assert.equal(copy.even.captured['odd'], copy.odd);
    assert.equal(copy.odd.captured['even'], copy.even);
    assert.deepEqual(copy.even.late, []);
  });

  test('an object and the function in it that captures the object', { timeout }, () => {
    const f = named('f');
    const owner = {
      f,
      list: [f],
      map: new Map<unknown, unknown>([
        ['first', 1],
        [f, 2],
        ['last', 3],
      ]),
      set: new Set([f, 1]),
    };
    const copy = roundTrip(f, { functions: port(new Map([[f, { owner }]])) }) as Made;
    const made = copy.captured['owner'] as { f: Made; list: Made[]; map: Map<unknown, unknown>; set: Set<unknown> };
    assert.equal(made.f, copy);
    assert.equal(made.list[0], copy);
    assert.deepEqual([...made.map.keys()], ['first', copy, 'last']);
    assert.deepEqual([...made.set], [copy, 1]);
    assert.deepEqual(Object.keys(made), ['f', 'list', 'map', 'set']);
  });

  test('a bound function whose target captures it', { timeout }, () => {
    const [target, bound] = [named('target'), named('bound')];
    const functions = port(
      new Map<Function, Record<string, unknown>>([
        [target, { bound }],
        [bound, { target, boundThis: { bound } }],
      ]),
    );
    for (const root of [target, bound]) {
      const copy = roundTrip(root, { functions }) as Made;
      const first = (root === target ? copy : copy.captured['target']) as Made;
      const second = first.captured['bound'] as Made;
      assert.equal(second.captured['target'], first);
      assert.equal((second.captured['boundThis'] as { bound: unknown }).bound, second);
    }
  });

  test('an instance that its own class captures', { timeout }, () => {
    class Node {
      label = 'x';
    }
    const node = new Node();
    const captured = new Map<Function, Record<string, unknown>>([[Node, { node }]]);
    const copy = roundTrip(node, {
      functions: {
        ...port(captured),
        build: (parts) =>
          Object.assign(class Copy {}, { made: parts.kind === 'value' ? parts.captures[0]?.value : undefined }),
      },
    }) as { label: string; constructor: { made: unknown } };
    assert.equal(copy.label, 'x');
    assert.equal(copy.constructor.made, copy);
  });

  test('what a captured variable holds is refused with both names (FN-44)', { timeout }, () => {
    const handler = named('handler');
    const functions = port(new Map([[handler, { w: { jobs: [0, { done: Promise.resolve() }] } }]]));
    assert.equal(
      messageOf(() => pack(handler, { functions })),
      "cannot send value.jobs[1].done to another process: it is a Promise (await it first) (captured as 'w' by function 'handler')",
    );
  });

  test('what a handler refuses is named by the captured variable, too (FN-44)', { timeout }, () => {
    class Door {}
    const take = (): never => {
      throw new NotSendableError('cannot send a door to another process: it is open');
    };
    registerHandler('test.door', Door, { take, make: () => new Door() });
    const handler = named('handler');
    assert.equal(
      messageOf(() => pack(handler, { functions: port(new Map([[handler, { door: new Door() }]])) })),
      "cannot send a door to another process: it is open (captured as 'door' by function 'handler')",
    );
  });

  test('modulesOf() lists each module once, and none for other messages', { timeout }, () => {
    const functions: FunctionPort = {
      ...port(new Map()),
      describe: (fn) => ({
        kind: 'reference',
        url: 'file:///tasks.js',
        path: [fn.name],
        via: 'exports',
        cjs: false,
        hash: 'x',
        name: fn.name,
      }),
      build: (node) =>
        node.kind === 'reference' ? Object.assign(() => undefined, { path: node.path }) : assert.fail(),
    };
    const { bytes } = pack([named('a'), new Map([[1, named('b')]])], { functions });
    assert.deepEqual(modulesOf(bytes, functions), [{ url: 'file:///tasks.js', cjs: false, name: 'a' }]);
    assert.deepEqual(modulesOf(bytes, { ...functions, missing: () => undefined }), []);
    const copy = unpack(bytes, [], { functions }) as [{ path: string[] }, unknown];
    assert.deepEqual(copy[0].path, ['a']);
    for (const value of [1, { a: 1 }, new Map()]) assert.deepEqual(modulesOf(pack(value).bytes, functions), []);
  });

  test('what a rebuilt function throws reaches the caller as it is', { timeout }, () => {
    const f = named('f');
    const functions = {
      ...port(new Map()),
      build: (): never => {
        throw new RangeError('not here');
      },
    };
    assert.throws(() => roundTrip(f, { functions }), { name: 'RangeError', message: 'not here' });
  });
});
