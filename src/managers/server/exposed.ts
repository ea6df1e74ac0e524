/** Methods of an object that clients may call. */
export type Methods = ReadonlyMap<string, (...args: unknown[]) => unknown>;

/**
 * The methods of an object by name.
 *
 * @param names Exactly these; by default all public ones: methods of the object and its classes whose name does not start with
 * an underscore.
 * @throws TypeError when the object has no method of a name that was asked for.
 */
export function methodsOf(object: unknown, names?: readonly string[]): Methods {
  const methods = new Map<string, (...args: unknown[]) => unknown>();
  for (const name of names ?? publicNames(object)) {
    const method = findMethod(object, name);
    if (method === undefined) throw new TypeError(`manager: \`${name}\` is exposed, but the object has no such method`);
    methods.set(name, method);
  }
  return methods;
}

/** Names of all public methods. Getters are not run. */
export function publicNames(object: unknown): string[] {
  const names = new Set<string>();
  for (const holder of holders(object)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (typeof value === 'function' && name !== 'constructor' && !name.startsWith('_')) names.add(name);
    }
  }
  return [...names];
}

/** An own method, or one of a class; never one that all objects have. */
function findMethod(object: unknown, name: string): ((...args: unknown[]) => unknown) | undefined {
  if (name === 'constructor' || name === '__proto__') return undefined;
  for (const holder of holders(object)) {
    const value: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
    // Called with the object as `this`; whoever calls it gave the arguments.
    if (typeof value === 'function') return value as (...args: unknown[]) => unknown;
  }
  return undefined;
}

function* holders(object: unknown): Generator<object> {
  for (let at: unknown = object; typeof at === 'object' && at !== null && at !== Object.prototype;) {
    yield at;
    at = Object.getPrototypeOf(at);
  }
}
