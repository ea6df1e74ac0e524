/** What the pages call by name and leave to the reader, so that their parts of programs can be run as they stand. */
export const STAND_INS: Readonly<Record<string, string>> = {
  queue: 'const queue = new Queue();',
  square: 'const square = (x: number): number => x * x;',
  pool: 'await using pool = new Pool(2);',
  task: 'const task = (): void => {};',
  files: "const files = ['a.csv', 'b.csv', 'c.csv'];",
  resize: 'const resize = (file: string): number => file.length;',
  convert: 'const convert = (file: string): string => file.toUpperCase();',
  report: 'const report = (error: unknown): void => console.error(error);',
  render: 'const render = (text: string): number => text.length;',
  page: "const page = '<p>';",
  pino: 'const pino = { info: (fields: object, text: string): void => void [fields, text] };',
  Counter: 'class Counter { #count = 0; add(by: number): number { return (this.#count += by); } }',
  manager: 'await using manager = await Manager();',
  // Whatever the page puts into it.
  dict: 'const dict: DictProxy<string, any> = await manager.dict();',
  list: 'const list = await manager.list([1]);',
  AsyncLocalStorage: "import { AsyncLocalStorage } from 'node:async_hooks';",
};

/** Files that lie beside the programs and commands of the pages. */
export const FILES: Readonly<Record<string, string>> = {
  'register-hooks.mjs': '',
  'hash.ts': 'export default (file: string): number => file.length;',
  'tasks.ts': 'export const score = (row: { id: string }): string => row.id;',
  'parse.js': 'export default (line) => line.split(" ");',
  'fetch.ts': 'export default (url: string): string => url;',
  'orders.csv': 'id,price\n1,2\n3,4\n',
  'access.log': 'GET /\nGET /a\n',
  'urls.txt': 'a\nb\n',
};
