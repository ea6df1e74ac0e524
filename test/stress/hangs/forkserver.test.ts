import { describe } from 'node:test';
import { hangSuite } from '../../suites/hangs/hangs.suite.ts';

describe('the hang matrix [forkserver]', () => hangSuite('forkserver', { share: 1, timeout: 290_000 }));
