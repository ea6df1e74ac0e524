import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, KeyObject } from 'node:crypto';
import { readdirSync, statfsSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { SocketAddress } from 'node:net';
import { describe, test } from 'node:test';
import { parse } from 'node:url';
import { inspect, isDeepStrictEqual, MIMEType } from 'node:util';
import { functionPort } from '#internal/reduction/functions/port.js';
import { pack } from '#internal/reduction/pack.js';
import { messageOf, roundTrip } from './helpers.ts';

const timeout = 30_000;

interface Moment {
  toString(): string;
}

/** As values travel between the processes of a program. */
const cross = (value: unknown): unknown => roundTrip(value, { functions: functionPort() });

/** Every class that this Node has: among its globals, and two steps deep in its modules. */
async function classes(): Promise<Map<Function, string>> {
  const found = new Map<Function, string>();
  const add = (place: string, value: unknown): void => {
    if (typeof value !== 'function' || found.has(value)) return;
    const prototype: unknown = Object.getOwnPropertyDescriptor(value, 'prototype')?.value;
    if (typeof prototype === 'object' && prototype !== null) found.set(value, place);
  };
  const addAll = (place: string, holder: object, deeper: boolean): void => {
    for (const [key, member] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      const value: unknown = 'value' in member ? member.value : deeper && Reflect.get(holder, key);
      add(`${place}.${key}`, value);
      if (deeper && ((typeof value === 'object' && value !== null) || typeof value === 'function'))
        addAll(`${place}.${key}`, value, false);
    }
  };
  addAll('globalThis', globalThis, true);
  for (const name of builtinModules.filter((id) => !/^_|inspector|^sys$/.test(id))) {
    const id = name.startsWith('node:') ? name : `node:${name}`;
    // Some want a flag.
    const exports = (await import(id).catch(() => undefined)) as object | undefined;
    if (exports) addAll(id, exports, true);
  }
  return found;
}

/** Instances without any content of these classes are whole; all others would arrive hollow. */
const MAY_BE_EMPTY = /\.(?:Object|TextEncoder|Stats|Dirent|Url)$/;

test('an empty instance of any class of the language and of Node is refused by name (FN-44)', { timeout }, async () => {
  const found = await classes();
  assert.ok(found.size > 400, `${found.size} classes`);
  const sent: string[] = [];
  const unnamed: string[] = [];
  for (const [constructor, place] of found) {
    if (MAY_BE_EMPTY.test(place) || MAY_BE_EMPTY.test(`.${constructor.name}`)) continue;
    try {
      pack(Object.create(constructor.prototype as object), { functions: functionPort() });
      sent.push(place);
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      const isNamed = /cannot send value to another process: (?:no copy rule for|it |.* cannot be read)/.test(message);
      if (code !== 'ERR_MP_NOT_SENDABLE' || !isNamed) unnamed.push(`${place}: ${message}`);
    }
  }
  assert.deepEqual({ sent, unnamed }, { sent: [], unnamed: [] });
});

describe('objects of Node that hold something of this process', () => {
  const { port1, port2 } = new MessageChannel();
  const timer = setTimeout(() => {}, 1);
  clearTimeout(timer);
  port1.close();
  port2.close();
  const rows: readonly (readonly [string, unknown, RegExp])[] = [
    ['a timer', timer, /built-in class Timeout$/],
    ['segments of a text', new Intl.Segmenter().segment('a b'), /a built-in object of this kind$/],
    ['a port', port1, /built-in class MessagePort$/],
    ['process', process, /built-in class process$/],
    ['performance', performance, /built-in class Performance$/],
    ['the global object', globalThis, /a built-in object of this kind$/],
    ['a decoder in the middle of its text', new TextDecoder(), /built-in class TextDecoder$/],
    ['a private key of the web', crypto.subtle, /built-in class SubtleCrypto$/],
    ['JSON', JSON, /built-in object JSON$/],
    ['Reflect', Reflect, /built-in object Reflect$/],
    ['Atomics', Atomics, /built-in object Atomics$/],
    ['Intl', Intl, /built-in object Intl$/],
    ['WebAssembly', Reflect.get(globalThis, 'WebAssembly'), /built-in object WebAssembly$/],
    ['a module', module(), /built-in class Module$/],
  ];
  for (const [what, value, message] of rows) {
    test(`${what} is refused by name (FN-44)`, { timeout }, () => {
      assert.match(
        messageOf(() => pack({ value }, { functions: functionPort() })),
        message,
      );
    });
  }
});

function module(): unknown {
  return Object.values(process.mainModule?.children ?? {})[0] ?? Object.create(moduleClass().prototype as object);
}

function moduleClass(): Function {
  return process.getBuiltinModule('node:module').Module;
}

describe('records and values of Node and the language', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const same: readonly (readonly [string, object])[] = [
    ['a file status', statSync('/')],
    ['a file status of bigints', statSync('/', { bigint: true })],
    ['a file system status', statfsSync('/')],
    ['an entry of a directory', readdirSync('/', { withFileTypes: true })[0] ?? {}],
    ['a parsed URL', parse('http://user@host:1/path?query#hash')],
    ['an address', new SocketAddress({ address: '::1', port: 8, family: 'ipv6', flowlabel: 3 })],
    ['a media type', new MIMEType('text/plain;charset=utf-8')],
    ['an encoder', new TextEncoder()],
    ['a locale', new Intl.Locale('de-u-co-phonebk')],
  ];
  for (const [what, value] of same) {
    test(`${what} arrives as it was (FN-62)`, { timeout }, () => {
      const copy = cross(value);
      assert.equal(Object.getPrototypeOf(copy), Object.getPrototypeOf(value));
      assert.ok(isDeepStrictEqual(copy, value));
      assert.equal(inspect(copy), inspect(value));
    });
  }

  test('methods of file records work (FN-62)', { timeout }, () => {
    const root = statSync('/');
    const copy = cross(root) as typeof root;
    assert.equal(copy.isDirectory(), true);
    assert.equal(copy.mtime.getTime(), root.mtime.getTime());
    for (const entry of readdirSync('/', { withFileTypes: true })) {
      assert.equal((cross(entry) as typeof entry).isDirectory(), entry.isDirectory());
    }
  });

  test('keys are the same keys (FN-62)', { timeout }, () => {
    const der = { format: 'der', type: 'pkcs8' } as const;
    const keys = [
      createSecretKey(Buffer.from('secret')),
      publicKey,
      privateKey,
      createPublicKey(privateKey),
      createPrivateKey({ key: privateKey.export(der), ...der }),
    ];
    for (const key of keys) {
      const copy = cross(key);
      assert.ok(copy instanceof KeyObject);
      assert.equal(copy.type, key.type);
      assert.ok(copy.equals(key));
    }
  });

  const formatters: readonly { resolvedOptions(): object }[] = [
    new Intl.NumberFormat('de', { style: 'currency', currency: 'EUR' }),
    new Intl.NumberFormat('en', { maximumSignificantDigits: 3, notation: 'compact' }),
    new Intl.DateTimeFormat('en', { dateStyle: 'full', timeZone: 'Asia/Tokyo' }),
    new Intl.DateTimeFormat('fr', { hour: 'numeric', hourCycle: 'h23' }),
    new Intl.Collator('sv', { numeric: true }),
    new Intl.ListFormat('en', { type: 'disjunction' }),
    new Intl.PluralRules('en', { type: 'ordinal' }),
    new Intl.RelativeTimeFormat('en', { numeric: 'auto' }),
    new Intl.Segmenter('ja', { granularity: 'word' }),
    new Intl.DisplayNames('en', { type: 'region' }),
  ];
  for (const formatter of formatters) {
    test(`a ${formatter.constructor.name} does the same there (FN-62)`, { timeout }, () => {
      const copy = cross(formatter) as typeof formatter;
      assert.equal(copy.constructor, formatter.constructor);
      assert.deepEqual(copy.resolvedOptions(), formatter.resolvedOptions());
    });
  }

  const temporal = Reflect.get(globalThis, 'Temporal') as Record<string, { from(text: string): Moment }> | undefined;
  const moments: readonly (readonly [string, string])[] = [
    ['Instant', '2024-02-29T01:02:03.123456789Z'],
    ['PlainDate', '2024-02-29[u-ca=hebrew]'],
    ['PlainDateTime', '2024-02-29T01:02:03.000000001'],
    ['PlainMonthDay', '02-29'],
    ['PlainTime', '12:00:00.123456789'],
    ['PlainYearMonth', '2024-02'],
    ['ZonedDateTime', '2024-10-27T02:30:00+01:00[Europe/Berlin]'],
    ['Duration', 'P1Y2M3DT4H5.000000006S'],
  ];
  for (const [name, text] of moments) {
    const skip = temporal === undefined && 'this Node has no Temporal';
    test(`a Temporal.${name} is the same moment there (FN-62)`, { timeout, skip }, () => {
      const value = temporal?.[name]?.from(text);
      const copy = cross(value) as Moment;
      assert.equal(copy.toString(), value?.toString());
      assert.equal(copy.constructor, value?.constructor);
    });
  }
});
