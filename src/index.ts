import { type Context, getContext } from './context/context.ts';
import * as surface from './context/surface.ts';

export * from './context/surface.ts';
export { type Context, getContext } from './context/context.ts';

const manycore: typeof surface & { readonly getContext: (method?: surface.StartMethod) => Context } = {
  ...surface,
  getContext,
};
/** All named exports as one object, for `import mp from 'manycore'`. */
export default manycore;
