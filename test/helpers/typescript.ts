/**
 * What Node needs to run a program in TypeScript that uses `await using`. Node 20 strips no types; Node 22 does, but its
 * engine does not know the syntax.
 */
export const TYPESCRIPT: readonly string[] =
  Reflect.get(process.features, 'typescript') && parses('{ using nothing = null; }') ? [] : ['--import', 'tsx'];

function parses(text: string): boolean {
  try {
    Reflect.construct(Function, [text]);
    return true;
  } catch {
    return false;
  }
}
