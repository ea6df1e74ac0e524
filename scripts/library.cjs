// A bundle of ES modules has neither this file's folder nor Node's `require`.
if (typeof module === 'object' && typeof __dirname !== 'string')
  throw new Error("manycore: a bundler took this library in; mark 'manycore' as external in its options");
(typeof module === 'object' ? (library) => (module.exports = library(require, __dirname)) : (library) => library)(
  (require, __dirname) => {
    'use strict';
    // The modules of the library in one file, written by `scripts/join.mjs`. Each runs when it is first asked for.
    const { fileURLToPath, pathToFileURL } = require('node:url');

    const modules = {
      __proto__: null,
      /* modules */
    };

    const folder = `${pathToFileURL(__dirname).href}/`;
    const loaded = new Map();

    /** @param {string} path below this folder without its ending, or a URL or path of the file at a module's place */
    function load(path) {
      const known = loaded.get(path);
      if (known) return known;
      const id = idOf(path);
      // Tests give children modules of their own to run.
      if (!(id in modules)) return require(path.startsWith('file:') ? fileURLToPath(path) : path);
      const exports = loaded.get(id) ?? modules[id](load, urlOf(id), require, importModule);
      loaded.set(id, exports);
      loaded.set(path, exports);
      return exports;
    }

    /** `import()` of a file that is loaded in the usual way. */
    function importModule(specifier) {
      return require('./import.cjs')(specifier);
    }

    function idOf(path) {
      if (path in modules) return path;
      const above = [folder, `${__dirname}/`, '../'].find((start) => path.startsWith(start)) ?? '';
      return path.slice(above.length).replace(/\.js$/, '');
    }

    function urlOf(id) {
      return `${folder}${id}.js`;
    }

    /** As `load`, but gives nothing when it is no module of the library. */
    function find(url) {
      return idOf(url) in modules ? load(url) : undefined;
    }

    /** The modules that have run: the URL of the file at the module's place, and what it exports. */
    function* joined() {
      for (const [id, exports] of loaded) if (id in modules) yield { url: urlOf(id), exports };
    }

    return { load, find, joined };
  },
);
