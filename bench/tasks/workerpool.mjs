import workerpool from 'workerpool';
import { crunch, echo, lastByte, makeBytes, noop, spin } from './tasks.mjs';

workerpool.worker({ crunch, echo, lastByte, makeBytes, noop, spin });
