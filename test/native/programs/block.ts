// Blocks on word 1 for ever, after it has said so in word 0.
import { native } from '#internal/native/addon.js';
import { regionOfArguments } from './region-of.ts';

const { region, words } = regionOfArguments();
Atomics.store(words, 0, process.pid);
native().waitWord(region.map, 1, 0, -1);
Atomics.store(words, 2, 1);
