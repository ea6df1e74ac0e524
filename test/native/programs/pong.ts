// Participant 1: sends each turn that it gets back to participant 0, plus one. Argument: microseconds to spin.
import { native } from '#internal/native/addon.js';
import { Participant } from './participant.ts';
import { regionOfArguments } from './region-of.ts';

const { region, rest } = regionOfArguments();
const addon = native();
const mine = new Participant(addon, region, 1);
const other = new Participant(addon, region, 0);
let seen = 0;
mine.open(() => {
  const { turn } = mine;
  if (turn === seen) return;
  seen = turn;
  if (turn < 0) addon.unrefParker();
  else other.send(turn + 1);
});
addon.refParker();
addon.spinParker(Number(rest[0]));
