import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  answerChallenge,
  answerTo,
  deliverChallenge,
  isRightAnswer,
  type HandshakeStream,
} from '#internal/connection/handshake.js';

const LIMIT = { timeout: 10_000 };
const KEY = Buffer.from('key');
const WRONG = { code: 'ERR_MP_AUTHENTICATION' };

/** A peer that says these words, whatever it hears. */
function saying(...words: readonly (string | Uint8Array)[]): HandshakeStream & { heard: Uint8Array[] } {
  const left = [...words];
  const heard: Uint8Array[] = [];
  return {
    heard,
    send: (bytes) => void heard.push(bytes),
    receive: async () => Buffer.from(left.shift() ?? ''),
  };
}

/** Two sides that hear each other. */
function talk(): [HandshakeStream, HandshakeStream] {
  const side = (
    own: Uint8Array[],
    others: Uint8Array[],
    waiting: (() => void)[],
    wake: (() => void)[],
  ): HandshakeStream => ({
    send: (bytes) => {
      others.push(bytes);
      wake.shift()?.();
    },
    receive: async () => {
      if (own.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return own.shift() ?? new Uint8Array();
    },
  });
  const [a, b, waitA, waitB]: [Uint8Array[], Uint8Array[], (() => void)[], (() => void)[]] = [[], [], [], []];
  return [side(a, b, waitA, waitB), side(b, a, waitB, waitA)];
}

describe('the handshake', () => {
  test('a wrong answer to our challenge is refused, and the peer is told (AUTH-01)', LIMIT, async () => {
    for (const answer of ['', 'something bogus', `{sha256}${'x'.repeat(32)}`, '{md7}x', 'x'.repeat(16)]) {
      const peer = saying(answer);
      await assert.rejects(deliverChallenge(peer, KEY), WRONG);
      assert.equal(Buffer.from(peer.heard[1] ?? []).toString(), '#FAILURE#');
    }
  });

  test('a peer that does not accept our answer is an error (AUTH-02)', LIMIT, async () => {
    for (const words of [
      [`#CHALLENGE#{sha256}${'c'.repeat(40)}`, 'something bogus'],
      [`#CHALLENGE#{sha256}${'c'.repeat(40)}`, '#FAILURE#'],
      ['something else'],
      ['#CHALLENGE#short'],
      [`#CHALLENGE#{sha1}${'c'.repeat(40)}`],
    ]) {
      await assert.rejects(answerChallenge(saying(...words), KEY), WRONG);
    }
  });

  test('each digest, and none, is answered as CPython does (AUTH-03)', LIMIT, () => {
    const legacy = Buffer.alloc(20, 1);
    assert.deepEqual(answerTo(KEY, legacy), createHmac('md5', KEY).update(legacy).digest());
    assert.ok(isRightAnswer(KEY, legacy, answerTo(KEY, legacy)));
    for (const [label, name] of [
      ['md5', 'md5'],
      ['sha256', 'sha256'],
      ['sha384', 'sha384'],
      ['sha3_256', 'sha3-256'],
    ] as const) {
      const challenge = Buffer.concat([Buffer.from(`{${label}}`), Buffer.alloc(40, 2)]);
      const answer = answerTo(KEY, challenge);
      assert.deepEqual(
        answer,
        Buffer.concat([Buffer.from(`{${label}}`), createHmac(name, KEY).update(challenge).digest()]),
      );
      assert.ok(isRightAnswer(KEY, challenge, answer));
      assert.ok(!isRightAnswer(Buffer.from('other'), challenge, answer));
      answer[answer.length - 1] = (answer.at(-1) ?? 0) ^ 1;
      assert.ok(!isRightAnswer(KEY, challenge, answer));
    }
  });

  test('both sides prove themselves, with each digest (AUTH-03)', LIMIT, async () => {
    for (const digest of ['md5', 'sha256']) {
      const [asker, answerer] = talk();
      await Promise.all([deliverChallenge(asker, KEY, digest), answerChallenge(answerer, KEY)]);
    }
  });
});
