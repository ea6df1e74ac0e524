// A bundle of ES modules has neither this file's folder nor Node's `require`.
if (typeof module === 'object' && typeof __dirname !== 'string')
  throw new Error("manycore: a bundler took this library in; mark 'manycore' as external in its options");
(typeof module === 'object'
  ? (library) => (module.exports = library(require, __dirname, () => require('./library-rest.cjs')))
  : (library) => library)(
  // The build leaves the brackets alone, by which V8 knows that it runs at once: without them it would read the text twice.
  AT_ONCE(function (require, __dirname, loadRest) {
    'use strict';
    // The modules of the library in one file, written by `scripts/join.mjs`. Each runs when it is first asked for.
    const { fileURLToPath, pathToFileURL } = require('node:url');

    const modules = {
      __proto__: null,
      /* modules */
    };

    // Those that stand in the other file, because children can begin without them.
    const others = new Set([/* rest */]);
    let rest;

    const folder = `${pathToFileURL(__dirname).href}/`;
    const loaded = new Map();
    const isOurs = (id) => id in modules || others.has(id);
    const moduleOf = (id) => modules[id] ?? (rest ??= loadRest())[id];
    const urlOf = (id) => `${folder}${id}.js`;
    // A file that is loaded in the usual way can import.
    const importModule = (specifier) => require('./import.cjs')(specifier);

    /** @param {string} path below this folder without its ending, or a URL or path of the file at a module's place */
    function load(path) {
      const known = loaded.get(path);
      if (known) return known;
      const id = idOf(path);
      // Tests give children modules of their own to run.
      if (!isOurs(id)) return require(path.startsWith('file:') ? fileURLToPath(path) : path);
      const exports = loaded.get(id) ?? moduleOf(id)(load, urlOf(id), require, importModule);
      loaded.set(id, exports);
      loaded.set(path, exports);
      return exports;
    }

    function idOf(path) {
      if (isOurs(path)) return path;
      const above = [folder, `${__dirname}/`, '../'].find((start) => path.startsWith(start)) ?? '';
      return path.slice(above.length).replace(/\.js$/, '');
    }

    /** As `load`, but gives nothing when it is no module of the library. */
    function find(url) {
      return isOurs(idOf(url)) ? load(url) : undefined;
    }

    /** The modules that have run: the URL of the file at the module's place, and what it exports. */
    function* joined() {
      for (const [id, exports] of loaded) if (isOurs(id)) yield { url: urlOf(id), exports };
    }

    return { load, find, joined };
  }),
);
