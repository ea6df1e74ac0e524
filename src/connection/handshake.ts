import type * as Crypto from 'node:crypto';
import { AuthenticationError } from '../base/errors.ts';
import { wrongType } from '../base/invalid.ts';

/*
 * Both sides prove that they know the key, without sending it: a challenge of random bytes is answered with their HMAC.
 * The format is CPython's (3.12 and later), older peers are answered in their own: who serves asks first.
 *
 *   asker    #CHALLENGE#{sha256}<40 random bytes>        answerer  {sha256}<HMAC of "{sha256}<40 random bytes>">
 *   asker    #WELCOME# or #FAILURE#
 */

/** Longest message of a handshake. */
export const LONGEST_HANDSHAKE = 256;

const CHALLENGE = Buffer.from('#CHALLENGE#');
const WELCOME = Buffer.from('#WELCOME#');
const FAILURE = Buffer.from('#FAILURE#');
const RANDOM_BYTES = 40;
/** Bytes of challenges, and of digests, of CPython before 3.12, which are MD5 without saying so. */
const LEGACY_CHALLENGE = 20;
const LEGACY_DIGEST = 16;
const LONGEST_LABEL = 20;
/** As the peers call the digest, and as Node does. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['md5', 'md5'],
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha3_256', 'sha3-256'],
  ['sha3_384', 'sha3-384'],
]);

/** The messages of a connection that is not trusted yet. */
export interface HandshakeStream {
  send(bytes: Uint8Array): void;
  /** The next message, of at most {@link LONGEST_HANDSHAKE} bytes. */
  receive(): Promise<Uint8Array>;
}

/** @throws TypeError when a key is no bytes. */
export function checkAuthkey(owner: string, authkey: unknown): asserts authkey is Uint8Array | undefined {
  if (authkey === undefined || authkey instanceof Uint8Array) return;
  throw wrongType(owner, 'authkey', 'bytes (a Uint8Array or Buffer)', authkey);
}

/** Has the peer prove that it knows the key. @throws AuthenticationError */
export async function deliverChallenge(stream: HandshakeStream, authkey: Uint8Array, digest = 'sha256'): Promise<void> {
  const message = Buffer.concat([Buffer.from(`{${digest}}`), crypto().randomBytes(RANDOM_BYTES)]);
  stream.send(Buffer.concat([CHALLENGE, message]));
  if (isRightAnswer(authkey, message, await stream.receive())) {
    stream.send(WELCOME);
    return;
  }
  stream.send(FAILURE);
  throw new AuthenticationError('the peer does not know the key: its answer to the challenge is wrong');
}

/** Proves to the peer that this side knows the key. @throws AuthenticationError */
export async function answerChallenge(stream: HandshakeStream, authkey: Uint8Array): Promise<void> {
  const received = Buffer.from(await stream.receive());
  const challenge = received.subarray(CHALLENGE.length);
  if (!received.subarray(0, CHALLENGE.length).equals(CHALLENGE) || challenge.length < LEGACY_CHALLENGE) {
    throw new AuthenticationError('the peer sent no challenge: it expects no key, or speaks another protocol');
  }
  stream.send(answerTo(authkey, challenge));
  if (Buffer.from(await stream.receive()).equals(WELCOME)) return;
  throw new AuthenticationError('the peer did not accept the answer to its challenge: the two keys differ');
}

/** The answer to a challenge. @throws AuthenticationError when it asks for a digest that is not known. */
export function answerTo(authkey: Uint8Array, challenge: Uint8Array): Uint8Array {
  const { digest } = labelled(challenge);
  const mac = hmac(authkey, challenge, digest ?? 'md5');
  return digest === undefined ? mac : Buffer.concat([Buffer.from(`{${digest}}`), mac]);
}

/** Whether an answer proves that its sender knows the key. */
export function isRightAnswer(authkey: Uint8Array, challenge: Uint8Array, answer: Uint8Array): boolean {
  let parts: Labelled;
  try {
    parts = labelled(answer);
  } catch {
    return false;
  }
  const expected = hmac(authkey, challenge, parts.digest ?? 'md5');
  return expected.length === parts.payload.length && crypto().timingSafeEqual(expected, parts.payload);
}

interface Labelled {
  /** `undefined`: of an old peer. */
  readonly digest: string | undefined;
  readonly payload: Uint8Array;
}

function labelled(bytes: Uint8Array): Labelled {
  if (bytes.length === LEGACY_CHALLENGE || bytes.length === LEGACY_DIGEST) return { digest: undefined, payload: bytes };
  const text = Buffer.from(bytes.subarray(0, LONGEST_LABEL)).toString('latin1');
  const [, digest] = /^\{(\w+)\}/.exec(text) ?? [];
  if (digest === undefined || !DIGESTS.has(digest)) {
    throw new AuthenticationError('the peer uses a digest that is not known here');
  }
  return { digest, payload: bytes.subarray(digest.length + 2) };
}

function hmac(key: Uint8Array, bytes: Uint8Array, digest: string): Buffer {
  return crypto()
    .createHmac(DIGESTS.get(digest) ?? digest, key)
    .update(bytes)
    .digest();
}

/** Loaded when it is needed: most programs never open a socket. */
function crypto(): typeof Crypto {
  return process.getBuiltinModule('node:crypto');
}
