import { describe } from 'node:test';
import { hangSuite } from '../../suites/hangs/hangs.suite.ts';

describe('the hang matrix [spawn]', () => hangSuite('spawn', { share: 1, timeout: 290_000 }));
