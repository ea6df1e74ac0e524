/** What a failed child leaves behind: who it was, how it ended, and the last lines it wrote to its error stream. */
export interface WorkerLostDetails {
  /** Process id of the worker; `undefined` when it never got one. */
  readonly pid?: number | undefined;
  /** Exit code; `null` when a signal ended it or it is not known. */
  readonly exitCode?: number | null | undefined;
  /** Name of the signal that ended it, such as `SIGKILL`. */
  readonly signal?: string | null | undefined;
  /** Number of the worker in its pool; it is not used again for the replacement. */
  readonly workerId?: number | undefined;
  /** Last lines of the worker's standard error, oldest first, without a final line break. */
  readonly stderr?: string | undefined;
}

/** Base class of every error this library throws on purpose. Match on `code`: messages may change, codes may not. */
export class ManycoreError extends Error {
  override readonly name: string = 'ManycoreError';
  readonly code: string = 'ERR_MP';
}

/** A process could not be started, or was used in a state that forbids it. Python: `multiprocessing.ProcessError`. */
export class ProcessError extends ManycoreError {
  override readonly name = 'ProcessError';
  override readonly code = 'ERR_MP_PROCESS';
}

/** A pool was made in a worker of a pool in a worker of a pool …, deeper than makes sense. loky: `LokyRecursionError`. */
export class NestingError extends ManycoreError {
  override readonly name = 'NestingError';
  override readonly code = 'ERR_MP_NESTING';
}

/** A wait ran past its `timeout`. Python: `multiprocessing.TimeoutError`. */
export class TimeoutError extends ManycoreError {
  override readonly name = 'TimeoutError';
  override readonly code = 'ERR_MP_TIMEOUT';
}

/** The work was cancelled before it had a result. Python: `concurrent.futures.CancelledError`. */
export class CancelledError extends ManycoreError {
  override readonly name = 'CancelledError';
  override readonly code = 'ERR_MP_CANCELLED';
}

/** A worker ended while it ran a task; only that task fails. Python: `concurrent.futures.process.BrokenProcessPool`. */
export class WorkerLostError extends ManycoreError implements WorkerLostDetails {
  override readonly name = 'WorkerLostError';
  override readonly code = 'ERR_MP_WORKER_LOST';
  readonly pid: number | undefined;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly workerId: number | undefined;
  readonly stderr: string;

  /**
   * @param message What was lost and what to do about it.
   * @param details How the worker ended; what is absent becomes `undefined`, `null` or `''`.
   */
  constructor(message: string, details: WorkerLostDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.pid = details.pid;
    this.exitCode = details.exitCode ?? null;
    this.signal = details.signal ?? null;
    this.workerId = details.workerId;
    this.stderr = details.stderr ?? '';
  }
}

/** Work was given to a pool or executor that is closed or terminated. Python: `ValueError: Pool not running`. */
export class PoolClosedError extends ManycoreError {
  override readonly name = 'PoolClosedError';
  override readonly code = 'ERR_MP_POOL_CLOSED';
}

/** A value or function cannot cross to another process; thrown in the caller before anything is queued. Python: `PicklingError`. */
export class NotSendableError extends ManycoreError {
  override readonly name = 'NotSendableError';
  override readonly code = 'ERR_MP_NOT_SENDABLE';
}

/** Bytes that should be a message are none: they were damaged, or written by another version of the library. Python: `pickle.UnpicklingError`. */
export class MessageError extends ManycoreError {
  override readonly name = 'MessageError';
  override readonly code = 'ERR_MP_MESSAGE';
}

/** A child tried to start processes while it was still importing modules: the entry guard is missing. Python: the same `RuntimeError`. */
export class BootstrapError extends ManycoreError {
  override readonly name = 'BootstrapError';
  override readonly code = 'ERR_MP_BOOTSTRAP';
}

/** The peer of a connection did not prove that it knows the key. Python: `multiprocessing.AuthenticationError`. */
export class AuthenticationError extends ManycoreError {
  override readonly name = 'AuthenticationError';
  override readonly code = 'ERR_MP_AUTHENTICATION';
}

/** A received message is longer than the room for it; `bytes` is the whole message. Python: `multiprocessing.BufferTooShort`. */
export class BufferTooShortError extends ManycoreError {
  override readonly name = 'BufferTooShortError';
  override readonly code = 'ERR_MP_BUFFER_TOO_SHORT';
  /** The whole message, a private copy; it was taken off the connection. */
  readonly bytes: Uint8Array;

  constructor(message: string, bytes: Uint8Array, options?: ErrorOptions) {
    super(message, options);
    this.bytes = bytes;
  }
}

/** The far end of a connection was closed or died, and everything it sent was read. Python: `EOFError`. */
export class EOFError extends ManycoreError {
  override readonly name = 'EOFError';
  override readonly code = 'ERR_MP_EOF';
}

/** A queue had no item in time. Python: `queue.Empty`. */
export class QueueEmptyError extends ManycoreError {
  override readonly name = 'QueueEmptyError';
  override readonly code = 'ERR_MP_QUEUE_EMPTY';
}

/** A bounded queue had no room in time. Python: `queue.Full`. */
export class QueueFullError extends ManycoreError {
  override readonly name = 'QueueFullError';
  override readonly code = 'ERR_MP_QUEUE_FULL';
}

/** A queue was closed or shut down. Python: `queue.ShutDown`, and `ValueError` for a closed queue. */
export class QueueClosedError extends ManycoreError {
  override readonly name = 'QueueClosedError';
  override readonly code = 'ERR_MP_QUEUE_CLOSED';
}

/** A barrier was aborted or reset, or one of its parties timed out, while others waited. Python: `threading.BrokenBarrierError`. */
export class BrokenBarrierError extends ManycoreError {
  override readonly name = 'BrokenBarrierError';
  override readonly code = 'ERR_MP_BROKEN_BARRIER';
}

/** One of the library's own bounds is reached; the message says which, and what to do. */
export class LimitError extends ManycoreError {
  override readonly name = 'LimitError';
  override readonly code = 'ERR_MP_LIMIT';
}

/** Another process failed with something that cannot be rebuilt here; its text and stack are kept. Python: `RemoteError`. */
export class RemoteError extends ManycoreError {
  override readonly name = 'RemoteError';
  override readonly code = 'ERR_MP_REMOTE';
}

/** A call needs memory shared between processes, and the native addon is not there; the message says what to install. */
export class NativeUnavailableError extends ManycoreError {
  override readonly name = 'NativeUnavailableError';
  override readonly code = 'ERR_MP_NATIVE_UNAVAILABLE';
}
