import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { Client, SyncManager, type Connection, type DictProxy } from 'manycore';
import { KIND_CODES, parseRequest, valuesOf } from '#internal/managers/protocol.js';
import { pack } from '#internal/reduction/pack.js';

// Whoever knows the key may send anything; the server must refuse it and go on.

const RUNS = Number(process.env['MANYCORE_FUZZ_RUNS'] ?? 300);
const authkey = Buffer.from('fuzz');
const names = ['constructor', '__proto__', 'prototype', 'toString', 'then', 'create', 'createFrom', 'get', ''];

const anyValues = fc.array(
  fc.oneof(fc.integer(), fc.double(), fc.constantFrom(...names), fc.string(), fc.anything({ maxDepth: 3 })),
  { maxLength: 6 },
);

describe('requests that may be anything', () => {
  test('what is parsed is a whole request, and writes down as the same values', { timeout: 60_000 }, () => {
    const codes = fc.oneof(fc.constantFrom(...Object.values(KIND_CODES)), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(codes, anyValues, (code, values) => {
        const request = parseRequest(code, values);
        if (request === undefined) return;
        assert.equal(KIND_CODES[request.kind], code);
        assert.deepEqual(valuesOf(request), values);
      }),
      { numRuns: RUNS * 10 },
    );
  });

  test('a batch with an absurd number of calls is none', { timeout: 10_000 }, () => {
    assert.equal(parseRequest(KIND_CODES.batch, [1, 'get', 0, 2 ** 40]), undefined);
    assert.equal(parseRequest(KIND_CODES.batch, [1, 'get', 2 ** 30, 2 ** 30]), undefined);
    assert.equal(parseRequest(KIND_CODES.batch, [1, 'get', 1, 2, 'a']), undefined);
  });
});

describe('a server that strangers with a key talk to', () => {
  let manager: SyncManager | undefined;
  let dict: DictProxy<string, number> | undefined;
  before(async () => {
    manager = await new SyncManager({ address: ['127.0.0.1', 0], authkey, maxMessageBytes: 1 << 20 }).start();
    dict = await manager.dict({ a: 1 });
  });
  after(() => manager?.shutdown());

  const connect = (): Promise<Connection> => Client(manager?.address ?? '', { authkey });
  const assertServes = async (): Promise<void> => assert.equal(await dict?.get('a'), 1);

  /** A packed array of arrays of arrays …, deeper than any packer writes. */
  const nested = (levels: number): Uint8Array => {
    const wrap = (value: unknown, times: number): unknown => (times === 0 ? value : wrap([value], times - 1));
    const [one, two] = [pack(wrap(0, 500)).bytes, pack(wrap(0, 501)).bytes];
    const unit = two.slice(8, 8 + two.byteLength - one.byteLength);
    return Buffer.concat([one.slice(0, 8), ...Array.from({ length: levels }, () => unit), one.slice(8)]);
  };

  /** A message as `managers/remote/codec.ts` describes it. */
  const message = (code: number, id: number, body: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(8 + body.byteLength);
    new DataView(bytes.buffer).setUint8(0, code);
    new DataView(bytes.buffer).setUint32(4, id, true);
    bytes.set(body, 8);
    return bytes;
  };

  /** Sends a request after which a plain one must still be answered, or the conversation be over. */
  const provoke = async (bytes: Uint8Array): Promise<void> => {
    const connection = await connect();
    try {
      await connection.sendBytes(bytes);
      await connection.sendBytes(message(KIND_CODES.call, 77, pack([0, 'ping', []]).bytes));
      for (;;) {
        const answer = await connection.recvBytes(undefined, { timeout: 5000 });
        if (new DataView(answer.buffer, answer.byteOffset).getUint32(4, true) === 77) return;
      }
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'ERR_MP_EOF', String(error));
    } finally {
      connection.close();
    }
  };

  test('random bytes', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => provoke(bytes)),
      { numRuns: RUNS / 10 },
    );
    await assertServes();
  });

  test('requests with damaged bodies', { timeout: 120_000 }, async () => {
    const whole = pack([1, 'set', ['a', { deep: [new Map([[1, 2]]), new Error('x'), new Uint8Array(9)] }]]).bytes;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.byteLength - 1),
        fc.nat(255),
        fc.constantFrom(1, 2, 3, 4, 5, 6, 9),
        (at, to, code) => {
          const damaged = whole.slice();
          damaged[at] = to;
          return provoke(message(code, 5, damaged));
        },
      ),
      { numRuns: RUNS / 10 },
    );
    await dict?.set('a', 1);
    await assertServes();
  });

  test('too long, too deep, with functions or objects of the library', { timeout: 60_000 }, async () => {
    await provoke(new Uint8Array(2 << 20));
    for (const levels of [900, 100_000]) await provoke(message(KIND_CODES.call, 1, nested(levels)));
    const { functionPort } = await import('#internal/reduction/functions/port.js');
    const { Queue } = await import('manycore');
    const functions = functionPort('auto');
    for (const hostile of [() => process.exit(3), new (class Evil {})(), new Queue()]) {
      const body = pack([1, 'set', ['hostile', hostile]], { functions }).bytes;
      await provoke(message(KIND_CODES.call, 1, body));
    }
    await provoke(message(KIND_CODES.call, 1, pack([0, 'createFrom', ['x', []]]).bytes));
    await provoke(message(KIND_CODES.call, 1, pack([999, 'get', []]).bytes));
    for (const name of names) await provoke(message(KIND_CODES.call, 1, pack([1, name, []]).bytes));
    assert.equal(await dict?.has('hostile'), false);
    await assertServes();
  });

  /** A request in JSON. */
  const json = (code: number, text: string): Uint8Array => {
    const bytes = message(code, 9, Buffer.from(text));
    bytes[1] = 1;
    return bytes;
  };

  test('JSON of any kind', { timeout: 120_000 }, async () => {
    const special = fc.record({
      $: fc.constantFrom('bytes', 'number', 'bigint', 'map', 'set', 'date', 'proxy', 'error', 'object', '__proto__'),
      value: fc.jsonValue({ maxDepth: 3 }),
    });
    const values = fc.array(fc.oneof(special, fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(0, 1, 'set', ...names)));
    const texts = fc.oneof(
      values.map((value) => JSON.stringify(value)),
      fc.string(),
    );
    const codes = fc.constantFrom(1, 2, 3, 4, 5, 6, 9);
    await fc.assert(
      fc.asyncProperty(codes, texts, (code, text) => provoke(json(code, text))),
      { numRuns: RUNS / 10 },
    );
    for (const levels of [600, 100_000]) {
      await provoke(json(1, `[1,"set",["deep",${'['.repeat(levels)}${']'.repeat(levels)}]]`));
    }
    await provoke(
      json(
        1,
        '[1,"set",["__proto__",{"__proto__":{"polluted":1},"constructor":{"$":"error","value":{"name":"Function","message":"return 1"}}}]]',
      ),
    );
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    await dict?.clear();
    await dict?.set('a', 1);
    await assertServes();
  });

  test('a peer without the key is never listened to', { timeout: 20_000 }, async () => {
    await assert.rejects(Client(manager?.address ?? '', { authkey: Buffer.from('wrong') }), {
      name: 'AuthenticationError',
    });
    await assertServes();
  });
});
