// Adds 1 to the first word as often as the last argument says, together with others.
import { regionOfArguments } from './region-of.ts';

const { words, rest } = regionOfArguments();
for (let left = Number(rest[0]); left > 0; left--) Atomics.add(words, 0, 1);
