import * as tasks from '../../pool/hard-tasks.ts';
import type { TaskFault } from './fault.ts';

const OWN_PROCESS = { thread: 'it would end the whole program' } as const;

/** Tasks that misbehave: the standing pool must go on. */
export const TASK_FAULTS: readonly TaskFault[] = [
  { title: 'exits', phase: 'run', expected: 'WorkerLostError', call: { fn: tasks.exits, argument: 3 } },
  { title: 'exits with code 0', phase: 'run', expected: 'WorkerLostError', call: { fn: tasks.exits, argument: 0 } },
  { title: 'exits after an await', phase: 'run', expected: 'WorkerLostError', call: { fn: tasks.exitsLater, argument: 3 } },
  { title: 'is killed by SIGKILL', phase: 'run', expected: 'WorkerLostError', call: { fn: tasks.killsItself }, without: OWN_PROCESS },
  { title: 'aborts', phase: 'run', expected: 'WorkerLostError', call: { fn: tasks.aborts }, without: OWN_PROCESS },
  { title: 'runs out of memory', phase: 'run', expected: 'WorkerLostError', call: { fn: tasks.runsOutOfMemory } },
  { title: 'throws undefined', phase: 'run', expected: 'undefined', call: { fn: tasks.throwsUndefined } },
  { title: 'throws a string', phase: 'run', expected: 'a text', call: { fn: tasks.throwsText } },
  { title: 'throws an error whose message throws', phase: 'run', expected: 'RemoteError', call: { fn: tasks.throwsHostile } },
  { title: 'throws an error that cannot be rebuilt', phase: 'run', expected: 'RangeError', call: { fn: tasks.throwsUnsendable } },
  { title: 'throws an error that throws when it is read', phase: 'deserialise', expected: 'RangeError', call: { fn: tasks.throwsTrap } },
  { title: 'leaves a rejection behind, and waits', phase: 'run', expected: 'RangeError', call: { fn: tasks.strayAndWaits } },
  { title: 'leaves a rejection behind, and returns', phase: 'run', expected: '7', call: { fn: tasks.leavesRejection, argument: 7 } },
  { title: 'has a timer that throws', phase: 'run', expected: 'RangeError', call: { fn: tasks.timerThrows } },
  { title: 'waits past its time-out', phase: 'run', expected: 'TimeoutError', call: { fn: tasks.after, argument: 300, timeout: 50 } },
  { title: 'argument cannot be sent', phase: 'serialise', expected: 'NotSendableError', call: { fn: tasks.identity, argument: new WeakMap() } },
  { title: 'argument throws when it is written', phase: 'serialise', expected: 'RangeError', call: { fn: tasks.identity, argument: new tasks.Trap('program', 'throw', 'none') } },
  { title: 'getter of the argument throws', phase: 'serialise', expected: 'RangeError', call: { fn: tasks.identity, argument: tasks.getterThrows() } },
  { title: 'result cannot be sent', phase: 'serialise', expected: 'NotSendableError', call: { fn: tasks.unsendable } },
  { title: 'getter of the result throws', phase: 'serialise', expected: 'RangeError', call: { fn: tasks.getterThrows } },
  { title: '`then` of the result throws', phase: 'serialise', expected: 'RangeError', call: { fn: tasks.thenThrows } },
  { title: 'result throws when it is written', phase: 'serialise', expected: 'NotSendableError', call: { fn: tasks.givesTrap, argument: ['worker', 'throw', 'none'] } },
  { title: 'result exits when it is written', phase: 'serialise', expected: 'WorkerLostError', call: { fn: tasks.givesTrap, argument: ['worker', 'exit', 'none'] } },
  { title: 'result kills when it is written', phase: 'serialise', expected: 'WorkerLostError', call: { fn: tasks.givesTrap, argument: ['worker', 'kill', 'none'] }, without: OWN_PROCESS },
  { title: 'result throws undefined when it is written', phase: 'serialise', expected: 'NotSendableError', call: { fn: tasks.givesTrap, argument: ['worker', 'throw undefined', 'none'] } },
  { title: 'result runs out of memory when it is written', phase: 'serialise', expected: 'WorkerLostError', call: { fn: tasks.givesTrap, argument: ['worker', 'run out of memory', 'none'] } },
  { title: 'argument throws when it is read', phase: 'deserialise', expected: 'RangeError', call: { fn: tasks.identity, argument: new tasks.Trap('worker', 'none', 'throw') } },
  { title: 'argument exits when it is read', phase: 'deserialise', expected: 'WorkerLostError', call: { fn: tasks.identity, argument: new tasks.Trap('worker', 'none', 'exit') } },
  { title: 'argument kills when it is read', phase: 'deserialise', expected: 'WorkerLostError', call: { fn: tasks.identity, argument: new tasks.Trap('worker', 'none', 'kill') }, without: OWN_PROCESS },
  { title: 'argument throws undefined when it is read', phase: 'deserialise', expected: 'undefined', call: { fn: tasks.identity, argument: new tasks.Trap('worker', 'none', 'throw undefined') } },
  { title: 'argument runs out of memory when it is read', phase: 'deserialise', expected: 'WorkerLostError', call: { fn: tasks.identity, argument: new tasks.Trap('worker', 'none', 'run out of memory') } },
  { title: 'result throws when it is read', phase: 'deserialise', expected: 'RangeError', call: { fn: tasks.givesTrap, argument: ['program', 'none', 'throw'] } },
  { title: 'result throws undefined when it is read', phase: 'deserialise', expected: 'undefined', call: { fn: tasks.givesTrap, argument: ['program', 'none', 'throw undefined'] } },
]; // prettier-ignore
