// Makes a fresh clone ready to run: dependencies, compiled sources, addon. Quick when nothing changed.
import { setup } from './steps.mjs';

const { compiled } = setup();
if (!compiled) process.exitCode = 1;
