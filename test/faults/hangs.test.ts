import { onEachMethod } from '../process/methods.ts';
import { hangSuite } from '../suites/hangs/hangs.suite.ts';

// The whole matrix, which takes minutes: `npm run test:hangs`.
onEachMethod('the hang matrix, one cell in four', (method) => hangSuite(method, { share: 4, timeout: 120_000 }));
