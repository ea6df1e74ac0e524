const counts = new WeakMap<object, number>();

/** A mixin whose classes cannot be sent, because they use what cannot be copied. */
export const counting = (Parent: new () => object): new () => { count(): number } =>
  class extends Parent {
    count(): number {
      counts.set(this, (counts.get(this) ?? 0) + 1);
      return counts.get(this) ?? 0;
    }
  };
