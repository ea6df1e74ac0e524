'use strict';
// The modules of the library that children can begin without; see `library.cjs`.
(typeof module === 'object' ? (rest) => (module.exports = rest) : (rest) => rest)({
  __proto__: null,
  /* modules */
});
