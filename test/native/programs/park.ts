// A thread that owns a ref'd parker and rings itself until it is stopped; with the argument `end` it ends by itself.
import { native } from '#internal/native/addon.js';
import { Participant } from './participant.ts';
import { regionOfArguments } from './region-of.ts';

const { region, words, rest } = regionOfArguments();
const addon = native();
const self = new Participant(addon, region, 0);
let calls = 0;
self.open(() => {
  calls++;
  Atomics.add(words, 16, 1);
  if (rest[0] === 'end' && calls === 10) addon.unrefParker();
  else setImmediate(() => self.send(calls));
});
addon.refParker();
