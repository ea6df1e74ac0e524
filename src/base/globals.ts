const STATE = Symbol.for('manycore.state');

/**
 * State that all copies of the library in this thread share.
 *
 * A program may load the library twice (two versions in its tree, or a bundle beside the package). What must exist once,
 * such as the table of children, hangs on the global object. Other threads and realms have their own.
 *
 * @param key `folder.name.N`. The copies may differ in version: whoever changes the shape of the state increases N.
 * @param create Makes the state when this is the first copy that asks.
 */
export function sharedState<T>(key: string, create: () => T): T {
  const all = allStates();
  const known = all.get(key);
  // The key names the shape, so what is stored under it was made by a `create` of the same type.
  if (known !== undefined || all.has(key)) return known as T;
  const made = create();
  all.set(key, made);
  return made;
}

/** Kept, because hot ways ask, and a look at the global object costs ten times that at a map. */
let states: Map<string, unknown> | undefined;

function allStates(): Map<string, unknown> {
  return (states ??= findStates());
}

function findStates(): Map<string, unknown> {
  const found: unknown = Reflect.get(globalThis, STATE);
  // A Map of another realm would fail `instanceof`, but every realm has its own global object.
  if (found instanceof Map) return found;
  const made = new Map<string, unknown>();
  Object.defineProperty(globalThis, STATE, { value: made, enumerable: false });
  return made;
}
