import { packThrown } from '../../reduction/error-codec.ts';
import { pack } from '../../reduction/pack.ts';
import { unpack } from '../../reduction/unpack.ts';
import { PROXY_TAG } from '../proxies/crossing-proxies.ts';
import type { RemoteCodec } from './remote-codec.ts';

/** All values that a message can hold, but for functions and instances of classes. */
export const nativeCodec: RemoteCodec = {
  code: 0,
  pack: (value, name) => pack(value, { outOfBand: Infinity, name }).bytes,
  packThrown: (error) => packThrown(error, { outOfBand: Infinity }).bytes,
  unpack: (bytes) => unpack(bytes, [], { handlers: (tag) => tag === PROXY_TAG }),
};
