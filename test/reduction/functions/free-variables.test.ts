import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileFunction } from 'node:vm';

import { analyse } from '#internal/reduction/functions/analysis.js';

/** Text → its free names: `!` assigned, `.a` used only as `name.a`. */
const ROWS: readonly (readonly [text: string, free: string])[] = [
  ['(a, { b, c: [d = e], ...f }) => [a, b, d, f]', 'e'],
  ['(a = () => x) => { var x = 1; return a; }', 'x'],
  ['() => { for (const i of list) { let j = i; } return j; }', 'j list'],
  ['() => { for (i of list); for (k.l in list); }', 'i! k.l list'],
  ['() => { if (x) { var hoisted = 1; function inner() { return hoisted; } } return hoisted; }', 'x'],
  ['() => { try { f(); } catch ({ message = g }) { return message; } }', 'f g'],
  ['() => { label: for (;;) break label; }', ''],
  ['function f(n) { return n ? f(n - 1) : g; }', 'g'],
  ['() => ({ a, b: c, [d]: 1, e() { return e; }, get h() { return 1; } })', 'a c d e'],
  [
    'class A extends B { [k] = v; #p = w; static s = A.t; static { var q = r; q; } m() { return this.#p + super.m(); } }',
    'B k r v w',
  ],
  ['() => { class C { static x = C; } return class D { y = D; z = E; }; }', 'E'],
  ['() => { switch (s) { case 1: let t = u; default: t; } t; }', 's t u'],
  ['() => { ({ a: b.c, d: [e] = f } = g); h++; }', 'b.c e! f g h!'],
  ['() => path.join(path.sep, other)', 'other path.join.sep'],
  ['() => [path.join, path]', 'path.join+'],
  ['async (x) => { for await (const y of x) yield_(y); }', 'yield_'],
  ['(x) => `${x} ${y} ${tag`${z}`}`', 'tag y z'],
  ['method(a) { return a + b; }', 'b'],
  ['get size() { return count; }', 'count'],
  ['async *walk() { yield* inner(); }', 'inner'],
  ['[computed(1)](x) { return x; }', ''],
  ['#secret(x) { return x + y; }', 'y'],
  ['"quoted name"() { return z; }', 'z'],
  ['() => { function arguments_() { return arguments; } return typeof missing; }', 'missing'],
  ['(a) => a?.b?.[c]?.(d)', 'c d'],
  ['() => { let x = 1; { let x = 2; x; } return () => x + y; }', 'y'],
  ['function () { return new.target && this && arguments; }', ''],
];

describe('free variables', () => {
  for (const [text, expected] of ROWS) {
    test(`${text} needs ${expected || 'nothing'}`, () => {
      const { free } = analyse(text, false);
      const shown = [...free.names].map(([name, { assigned, whole, members }]) => {
        const used = [...members]
          .toSorted()
          .map((member) => `.${member}`)
          .join('');
        return `${name}${used}${used !== '' && whole ? '+' : ''}${assigned ? '!' : ''}`;
      });
      assert.equal(shown.toSorted().join(' '), expected);
      assert.equal(free.obstacle, undefined);
    });
  }

  const obstacles: readonly (readonly [text: string, obstacle: unknown])[] = [
    ['() => this', 'this'],
    ['() => () => this', 'this'],
    ['() => { class A { [this] = 1; } }', 'this'],
    ['() => ({ a: () => new.target })', 'new.target'],
    ['m() { return super.m(); }', 'super'],
    ['m() { return () => super.m; }', 'super'],
    ['m() { return this.#p; }', { privateName: 'p' }],
    ['(x) => #p in x', { privateName: 'p' }],
    ['(x) => eval(x)', 'eval'],
    ['function () { with (this) return x; }', 'with'],
  ];
  for (const [text, obstacle] of obstacles) {
    test(`${text} cannot be copied`, () => {
      assert.deepEqual(analyse(text, false).free.obstacle, obstacle);
    });
  }

  test('methods of inner objects and classes may use this and super', () => {
    const text = '() => ({ m() { return super.m(this); }, n: class { a = this; static { this.b = super.c; } } })';
    assert.equal(analyse(text, false).free.obstacle, undefined);
  });

  test('arguments of an arrow are those of the function around', () => {
    assert.equal(analyse('() => arguments[0]', false).free.usesArguments, true);
    assert.equal(analyse('() => function () { return arguments; }', false).free.usesArguments, false);
  });

  test('positions stay when import.meta and keys are exchanged', () => {
    const text = '[ key /* ] */ ](x) { return import\n.meta.url + import . meta.url + x; }';
    const { text: changed } = analyse(text, false);
    const place = (of: string): [number, number] => {
      const lines = of.split('\n');
      return [lines.length, lines.at(-1)?.indexOf('+ x') ?? -1];
    };
    assert.deepEqual(place(changed), place(text));
    assert.ok(!changed.includes('import.meta'));
    assert.doesNotThrow(() => compileFunction(`return {${changed}}`, ['import_meta']));
  });

  test('computed and private keys leave methods that compile', () => {
    for (const text of [
      '[/* [ */ key](x) {}',
      'async*[k]() {}',
      'get[k]() {}',
      'async #p() {}',
      '*#p() {}',
      'set[k](x) {}',
    ]) {
      const { text: changed } = analyse(text, false);
      assert.equal(changed.length, text.length);
      assert.doesNotThrow(() => compileFunction(`return {${changed}}`), changed);
    }
  });

  test('a text that is no function is a syntax error, also the second time', () => {
    assert.throws(() => analyse('1 + 1', false), SyntaxError);
    assert.throws(() => analyse('1 + 1', false), SyntaxError);
    assert.throws(() => analyse('() => 1), (() => 2', false), SyntaxError);
  });
});
