import * as manycore from './context/surface.ts';

export * from './context/surface.ts';
/** All named exports as one object, for `import mp from 'manycore'`. */
export default manycore;
