import { ThreadWorker } from 'poolifier';
import { echo, noop, spin } from './tasks.mjs';

export default new ThreadWorker({ noop, echo, spin });
