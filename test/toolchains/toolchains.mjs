// Every way in which a program's text becomes what Node runs. `build` writes the program into a folder and says how to start it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeProgram } from './programs.mjs';

const require = createRequire(import.meta.url);
/** Tools are this folder's, or, where it has none installed, the repository's. */
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const packageFolder = (name) => join(require.resolve(`${name}/package.json`), '..');
const program = (name) => ({ args: [name] });

/** Refusals that a toolchain's own helpers cause: `import()` becomes a call of something that captures a cache of modules. */
const IMPORT_HELPER = { name: 'dynamic import', error: /cannot send .* to another process/ };

/** @typedef {{ guarded: boolean }} Kind */
/**
 * @typedef {{
 *   name: string, from?: number, main?: boolean, short?: boolean, own?: boolean, known?: { name: string, error: RegExp }[],
 *   build(folder: string, kind: Kind): Promise<{ args: string[], env?: Record<string, string>, input?: string }>
 * }} Toolchain
 */

/** @type {Toolchain[]} */
export const toolchains = [
  { name: 'strip-esm', own: true, from: 22.18, build: plain({ specifier: '.ts' }, program('main.ts')) },
  {
    name: 'strip-cjs',
    own: true,
    from: 22.18,
    build: plain({ specifier: '.ts', cjs: true, require: true }, program('main.ts')),
  },
  { name: 'tsx-esm', short: true, build: plain({}, { args: ['--import', 'tsx', 'main.ts'] }) },
  { name: 'tsx-cjs', build: plain({ cjs: true, specifier: '' }, { args: ['--import', 'tsx', 'main.ts'] }) },
  {
    name: 'tsx-cli',
    build: async (folder, kind) =>
      plain({}, { args: [join(packageFolder('tsx'), 'dist', 'cli.mjs'), 'main.ts'] })(folder, kind),
  },
  {
    name: 'ts-node',
    build: plain(
      { cjs: true, specifier: '' },
      {
        args: ['-r', 'ts-node/register/transpile-only', 'main.ts'],
        env: {
          TS_NODE_COMPILER_OPTIONS: JSON.stringify({ module: 'commonjs', target: 'es2022', esModuleInterop: true }),
        },
      },
    ),
  },
  {
    name: 'swc-node-cjs',
    known: [IMPORT_HELPER],
    build: plain(
      { cjs: true, specifier: '' },
      { args: ['-r', '@swc-node/register', 'main.ts'], env: { SWC_NODE_PROJECT: '' } },
    ),
  },
  {
    name: 'swc-node-esm',
    from: 22,
    build: plain({}, { args: ['--import', '@swc-node/register/esm-register', 'main.ts'] }),
  },
  ...['ES5', 'ES2017', 'ES2022'].flatMap((target) =>
    ['esm', 'cjs'].map((format) => ({
      name: `tsc-${format}-${target.toLowerCase()}`,
      short: format === 'cjs' && target === 'ES2022',
      build: async (folder, kind) => {
        await compile(folder, { ...kind, cjs: format === 'cjs', target });
        return program('main.js');
      },
    })),
  ),
  ...['', 'minify', 'keep-names'].flatMap((style) =>
    ['esm', 'cjs'].map((format) => ({
      name: `esbuild-${format}${style && `-${style}`}`,
      short: format === 'esm' && style === 'minify',
      build: async (folder, kind) => {
        writeProgram(folder, { ...kind, cjs: format === 'cjs' });
        const { build } = await load('esbuild');
        await build({
          entryPoints: [join(folder, 'main.ts')],
          outfile: join(folder, 'bundle.js'),
          bundle: true,
          platform: 'node',
          format,
          target: 'node20',
          external: ['manycore'],
          minify: style === 'minify',
          keepNames: style === 'keep-names',
          logLevel: 'error',
        });
        return program('bundle.js');
      },
    })),
  ),
  { name: 'rollup-terser', build: rollupBuild },
  { name: 'webpack', known: [IMPORT_HELPER], build: webpackBuild },
  ...runners(),
  ...withoutFile(),
];

function plain(dialect, how) {
  return async (folder, kind) => {
    writeProgram(folder, { ...kind, ...dialect });
    return how;
  };
}

/** Through the compiler's own `transpileModule`, file by file; TypeScript 7 has none, and is run as a program. */
async function compile(folder, { target = 'ES2022', cjs = false, ...dialect }) {
  writeProgram(folder, { ...dialect, cjs });
  const typescript = await load('typescript');
  const { ModuleKind, ScriptTarget, transpileModule } = typescript.default ?? typescript;
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  if (transpileModule === undefined) return runCompiler(folder, files, { target, cjs });
  for (const file of files) {
    const { outputText } = transpileModule(readFileSync(join(folder, file), 'utf8'), {
      fileName: file,
      compilerOptions: {
        target: ScriptTarget[target],
        module: cjs ? ModuleKind.CommonJS : ModuleKind.ES2022,
        esModuleInterop: true,
        downlevelIteration: true,
      },
    });
    writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), outputText);
  }
}

function runCompiler(folder, files, { target, cjs }) {
  const format = ['--module', cjs ? 'commonjs' : 'es2022', '--moduleResolution', 'bundler', '--esModuleInterop'];
  const tsc = join(packageFolder('typescript'), 'bin', 'tsc');
  const flags = [
    '--target',
    target,
    ...format,
    '--ignoreConfig',
    '--noCheck',
    '--noResolve',
    '--noEmitOnError',
    'false',
  ];
  const { stdout } = spawnSync(process.execPath, [tsc, ...flags, ...files], { cwd: folder, encoding: 'utf8' });
  if (!existsSync(join(folder, 'main.js'))) throw new Error(stdout);
}

async function rollupBuild(folder, kind) {
  await compile(folder, kind);
  const [{ rollup }, { default: terser }] = await Promise.all([load('rollup'), load('@rollup/plugin-terser')]);
  const bundle = await rollup({ input: join(folder, 'main.js'), external: [/^node:/, 'manycore'], logLevel: 'silent' });
  const plugins = [terser({ module: true, mangle: { toplevel: true }, maxWorkers: 1 })];
  await bundle.write({ file: join(folder, 'bundle.mjs'), format: 'es', plugins, inlineDynamicImports: true });
  await bundle.close();
  return program('bundle.mjs');
}

async function webpackBuild(folder, kind) {
  await compile(folder, kind);
  const { default: webpack } = await load('webpack');
  const compiler = webpack({
    mode: 'production',
    target: 'node20',
    entry: join(folder, 'main.js'),
    experiments: { outputModule: true },
    output: { path: folder, filename: 'bundle.mjs', library: { type: 'module' }, chunkFormat: 'module' },
    externals: { manycore: 'module manycore' },
    externalsType: 'module',
    node: { __dirname: false, __filename: false },
    module: { parser: { javascript: { importMeta: false, url: false } } },
  });
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, done) => (error ? reject(error) : resolve(done))),
  );
  await new Promise((resolve) => compiler.close(resolve));
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  return program('bundle.mjs');
}

/** Files of tests: a runner is the main module, and the file must not run again in a child. */
function runners() {
  const importing = (text) => `${text}\ntest('every case', async () => { await start(); }, 120_000);\n`;
  const vitest = (pool) => ({
    name: `vitest-${pool}`,
    from: 20,
    main: false,
    build: async (folder) => {
      writeProgram(folder, { guarded: false, main: 'main.test.ts', test: importing(`import { test } from 'vitest';`) });
      const config = {
        root: folder,
        test: { pool, fileParallelism: false, server: { deps: { external: [/\/dist\//] } } },
      };
      const text = JSON.stringify(config, (_, value) => (value instanceof RegExp ? '@' : value)).replace(
        '"@"',
        '/\\/dist\\//',
      );
      writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${text};`);
      return { args: [join(packageFolder('vitest'), 'vitest.mjs'), 'run', '--root', folder] };
    },
  });
  const compiled = (name, header, how) => ({
    name,
    main: false,
    build: async (folder) => {
      const test = `${header}\ntest('every case', { timeout: 120_000 }, async () => { await start(); });\n`;
      await compile(folder, {
        guarded: false,
        main: 'main.test.ts',
        test: name === 'node-test' ? test : importing(header).replace(', 120_000', ''),
      });
      return how(folder);
    },
  });
  return [
    compiled('node-test', `import { test } from 'node:test';`, () => ({ args: ['--test', 'main.test.js'] })),
    compiled('mocha', 'const test = it;', () => ({
      args: [join(packageFolder('mocha'), 'bin', 'mocha.js'), '--timeout', '120000', 'main.test.js'],
    })),
    vitest('forks'),
    vitest('threads'),
    vitest('vmThreads'),
    compiled('jest', '', (folder) => {
      writeFileSync(
        join(folder, 'jest.config.json'),
        JSON.stringify({ transform: {}, testTimeout: 120_000, testMatch: ['**/main.test.js'] }),
      );
      return {
        args: [
          '--experimental-vm-modules',
          join(packageFolder('jest'), 'bin', 'jest.js'),
          '--rootDir',
          folder,
          '--config',
          join(folder, 'jest.config.json'),
        ],
      };
    }),
  ];
}

/** Programs that are no file. */
function withoutFile() {
  const texts = (name, dialect, how) => ({
    name,
    main: false,
    build: async (folder) => {
      await compile(folder, { guarded: false, ...dialect });
      // There is no file: the folder's name stands for it on both sides.
      return how(
        readFileSync(join(folder, 'main.js'), 'utf8')
          .replaceAll('import.meta.url', "'/nowhere'")
          .replaceAll('(__filename)', "('/nowhere')"),
      );
    },
  });
  return [
    texts('eval-esm', {}, (text) => ({ args: ['--input-type=module', '-e', text] })),
    texts('eval-cjs', { cjs: true }, (text) => ({ args: ['-e', text] })),
    texts('stdin-esm', {}, (text) => ({ args: ['--input-type=module', '-'], input: text })),
    texts('stdin-cjs', { cjs: true }, (text) => ({ args: ['-'], input: text })),
  ];
}
