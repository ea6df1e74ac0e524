import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { explain, getContext, NotSendableError } from 'manycore';
import { eachStartMethod } from '../../helpers/matrix.ts';
import { counting } from './counting.ts';

/** Classes that no module has at its top level, so that they go by value. */
function makeClasses() {
  // Nothing but `extends` names these: V8 keeps no such variable for others to find.
  class Base {
    base(): string {
      return 'base';
    }
  }
  class Derived extends Base {
    derived(): string {
      return `${this.base()}+derived`;
    }
  }
  const kinds = { Other: class Other extends Base {} };
  class FromMember extends kinds.Other {}

  const mixin = (Parent: typeof Base): typeof Base =>
    class extends Parent {
      override base(): string {
        return `mixed ${super.base()}`;
      }
    };
  class Mixed extends mixin(Base) {}

  class Family {
    static child(): Family {
      return new Child();
    }
  }
  class Child extends Family {
    readonly isChild = true;
  }

  const Emitter = EventEmitter;
  class Source extends Emitter {
    readonly name = 'source';
  }

  const KEY = 'computed';
  class Keyed {
    [KEY](): number {
      return 1;
    }
  }

  class Root {}
  class Counting extends counting(Root) {
    static parts(): readonly unknown[] {
      return [counting, Root];
    }
  }
  class Again extends counting(Root) {}

  return { Counting, Again, Derived, kinds, FromMember, Mixed, Family, Child, Source, Keyed };
}

const { Counting, Again, Derived, kinds, FromMember, Mixed, Family, Child, Source, Keyed } = makeClasses();
type Instance<Name extends keyof ReturnType<typeof makeClasses>> = ReturnType<
  typeof makeClasses
>[Name] extends new () => infer One
  ? One
  : never;

const timeout = 20_000;

eachStartMethod('Classes by value and what they extend', (method) => {
  const { run } = getContext(method);

  test('a class extends one that nothing else names (FN-34)', { timeout }, async () => {
    const [text, back] = await run((one: Instance<'Derived'>) => [one.derived(), one] as const, [new Derived()]);
    assert.equal(text, 'base+derived');
    assert.ok(back instanceof Derived);
    assert.ok(
      await run((one: object, Parent: typeof kinds.Other) => one instanceof Parent, [new FromMember(), kinds.Other]),
    );
  });

  test('a class extends what a mixin made that nothing else names (FN-34)', { timeout }, async () => {
    const Parent = Object.getPrototypeOf(Mixed) as typeof kinds.Other; // what the mixin made
    const seen = await run(
      (one: Instance<'Mixed'>, Above: typeof kinds.Other) => [one.base(), one instanceof Above],
      [new Mixed(), Parent],
    );
    assert.deepEqual(seen, ['mixed base', true]);
  });

  test('a mixin that holds what cannot be sent is called again, there and back (FN-34)', { timeout }, async () => {
    for (const Class of [Counting, Again]) {
      const [count, back] = await run(
        (one: Instance<'Counting'>) => [one.count() + one.count(), one] as const,
        [new Class()],
      );
      assert.equal(count, 3);
      assert.ok(back instanceof Class);
    }
  });

  test('a class may name the class that extends it (FN-27)', { timeout }, async () => {
    for (const one of [new Family(), new Child()]) {
      const made = await run((of: object) => (of.constructor as typeof Family).child(), [one]);
      assert.ok(made instanceof Child);
      assert.equal(made.isChild, true);
    }
  });

  test('a class extends one of Node that a variable holds (FN-34)', { timeout }, async () => {
    const name = await run((one: Instance<'Source'>) => [one.name, one.listenerCount('x')] as const, [new Source()]);
    assert.deepEqual(name, ['source', 0]);
  });

  test('a class whose keys need a variable that is not kept is refused by its name', { timeout }, async () => {
    await assert.rejects(
      async () => run((one: Instance<'Keyed'>) => one.computed(), [new Keyed()]),
      (error) => error instanceof NotSendableError && /computes the key of a member from 'KEY'/.test(error.message),
    );
  });
});

test('explain() names the class that a class extends', { timeout }, () => {
  assert.match(explain(Derived), /^by value .*captures: Base$/);
  assert.match(explain(Mixed), /captures: the class that it extends$/);
});
