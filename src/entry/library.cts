// Loads the joined library in children (see `scripts/join.mjs`): from compiled code where the program has some.
import type { BootNumbers } from '../process/boot.ts' with { 'resolution-mode': 'import' };
import type { OpenedLibrary } from '../process/compiled-code.ts' with { 'resolution-mode': 'import' };

interface Library {
  readonly load: (path: string) => unknown;
}

const { closeSync, openSync, readFileSync, readSync } = process.getBuiltinModule('node:fs');
const Module = process.getBuiltinModule('node:module');
const { Script } = process.getBuiltinModule('node:vm');

const FILE = require.resolve('../library.cjs');
const REST = require.resolve('../library-rest.cjs');
// As `compiled-code.ts` writes it, which is in the library.
const HEADER_WORDS = 2;
const WHOLE = 2;
const PLACE_BYTES = 1 << 20;

function open(numbers: Pick<BootNumbers, 'program' | 'code'> | undefined): OpenedLibrary {
  const compiled = new Map<number, () => Uint8Array>();
  // A thread of a program that has no memory in common with others; or nobody's child, which is told so by the library.
  // What the build writes there.
  if (!numbers?.code) return { load: (require(FILE) as Library).load, compiled };
  const { program, code } = numbers;
  const compile = (place: number, filename: string): unknown => {
    const cachedData = readCode(program, code[0] + place * PLACE_BYTES);
    const script = new Script(readFileSync(filename, 'latin1'), { filename, ...(cachedData && { cachedData }) });
    if (!cachedData || script.cachedDataRejected) compiled.set(place, () => script.createCachedData());
    return script.runInThisContext();
  };
  const module = new Module(FILE, undefined);
  module.filename = FILE;
  // Outside of a module it evaluates to the function that makes the library.
  const make = compile(0, FILE) as (require: NodeJS.Require, folder: string, loadRest: () => unknown) => Library;
  const folder = FILE.slice(0, -'/library.cjs'.length);
  const { load } = (module.exports = make(Module.createRequire(FILE), folder, () => compile(1, REST)));
  module.loaded = true;
  require.cache[FILE] = module;
  return { load, compiled };
}

/** Not through the mapped memory: to map it, the library is needed. */
function readCode([pid, fd]: BootNumbers['program'], offset: number): Buffer | undefined {
  try {
    const file = openSync(`/proc/${pid}/fd/${fd}`, 'r');
    try {
      const words = new Int32Array(HEADER_WORDS);
      readSync(file, words, 0, words.byteLength, offset);
      const [state, length = 0] = words;
      if (state !== WHOLE) return undefined;
      const code = Buffer.allocUnsafeSlow(length);
      return readSync(file, code, 0, length, offset + words.byteLength) === length ? code : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    // The parent is gone, or this system has no such files: the text is compiled as ever.
    return undefined;
  }
}

module.exports = { open };
