import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AuthenticationError, ManycoreError } from '#internal/base/errors.js';
import { frameHeader, FrameReader } from '#internal/connection/frames.js';
import { answerChallenge, deliverChallenge, isRightAnswer } from '#internal/connection/handshake.js';
import { Queue } from '#internal/queues/queue.js';
import { Pipe } from '#internal/connection/pipe.js';

/** Seconds for each property; a moment by default. */
const SECONDS = Number(process.env['MANYCORE_FUZZ_SECONDS'] ?? 1);
const timeout = SECONDS * 1000 + 20_000;
const each = { numRuns: 1_000_000, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false };
const KEY = Buffer.from('key');

const bytes = fc.uint8Array({ maxLength: 300 });

/** All messages of a stream that is cut at these places. */
function readAll(stream: Uint8Array, cuts: readonly number[], limit: number): Uint8Array[] {
  const reader = new FrameReader(limit);
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).toSorted((a, b) => a - b), stream.length];
  const messages: Uint8Array[] = [];
  for (let i = 1; i < places.length; i++) {
    reader.push(stream.slice(places[i - 1], places[i]));
    for (let next = reader.next(); next !== undefined; next = reader.next()) messages.push(next);
  }
  return messages;
}

/** Says random words. */
function peer(words: readonly Uint8Array[]): { send: () => void; receive: () => Promise<Uint8Array> } {
  const left = [...words];
  return { send: () => {}, receive: async () => left.shift() ?? new Uint8Array() };
}

describe('connections, with random input', () => {
  test('frames arrive whole and in order, however the stream is cut', { timeout }, () => {
    fc.assert(
      fc.property(fc.array(bytes), fc.array(fc.nat()), (messages, cuts) => {
        const stream = Buffer.concat(messages.flatMap((message) => [frameHeader(message.length), message]));
        const got = readAll(stream, cuts, 300);
        assert.deepEqual(
          got.map((one) => [...one]),
          messages.map((one) => [...one]),
        );
      }),
      each,
    );
  });

  test('random bytes give messages within the limit, or an error of this library', { timeout }, () => {
    const headers = fc.constantFrom(
      [255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 5],
      [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
      [0, 0, 0, 3],
      [128, 0, 0, 0],
      [127, 255, 255, 255],
    );
    fc.assert(
      fc.property(fc.option(headers), bytes, fc.array(fc.nat()), fc.nat(300), (header, random, cuts, limit) => {
        try {
          const stream = Uint8Array.from([...(header ?? []), ...random]);
          for (const message of readAll(stream, cuts, limit)) assert.ok(message.length <= limit);
        } catch (error) {
          if (!(error instanceof ManycoreError)) throw error;
        }
      }),
      each,
    );
  });

  test('no random words pass the handshake', { timeout }, async () => {
    const word = fc.oneof(
      bytes,
      fc
        .constantFrom('#CHALLENGE#', '#WELCOME#', '#FAILURE#', '{sha256}', '{md5}', '')
        .chain((start) => bytes.map((rest) => Buffer.concat([Buffer.from(start), rest]))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 3 }), async (words) => {
        await assert.rejects(deliverChallenge(peer(words), KEY), AuthenticationError);
        const answered = await answerChallenge(peer(words), KEY).then(
          () => true,
          (error: unknown) => {
            assert.ok(error instanceof AuthenticationError);
            return false;
          },
        );
        // Whoever asks decides whom it welcomes; but it has to ask.
        if (answered)
          assert.ok(
            Buffer.from(words[0] ?? [])
              .toString('latin1')
              .startsWith('#CHALLENGE#'),
          );
      }),
      each,
    );
  });

  test('no random answer is right', { timeout }, () => {
    fc.assert(
      fc.property(bytes, bytes, (challenge, answer) => assert.ok(!isRightAnswer(KEY, challenge, answer))),
      each,
    );
  });

  test('what goes through a queue or a pipe comes out equal and in order', { timeout }, () => {
    const queue = new Queue<unknown>();
    const [left, right] = Pipe();
    const item = fc.oneof(
      fc.jsonValue(),
      fc.anything({ withTypedArray: true, withMap: true, withSet: true, withBigInt: true }),
      // Before Node 24 no two invalid dates were deeply equal.
      fc.date({ noInvalidDate: true }),
      fc.nat(40_000).map((size) => new Uint8Array(size).fill(size)),
      fc.nat(40_000).map((size) => 'ä'.repeat(size)),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), (items) => {
        for (const one of items) queue.putSync(one);
        assert.equal(queue.qsize(), items.length);
        for (const one of items) assert.deepEqual(queue.getSync(), one);
        for (const one of items) {
          left.sendSync(one);
          assert.deepEqual(right.recvSync(), one);
        }
      }),
      each,
    );
  });
});
