import { onEachMethod } from '../process/methods.ts';
import { hangSuite } from '../suites/hangs/hangs.suite.ts';

// The whole matrix, which takes minutes: `npm run test:hangs`.
onEachMethod('the hang matrix, one cell in three', (method) => hangSuite(method, { share: 3, timeout: 120_000 }));
