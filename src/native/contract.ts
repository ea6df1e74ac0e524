/** One piece of memory that several processes map. `map` is its number in this thread; `pid`, `fd` and `inode` name it elsewhere. */
export interface MappedRegion {
  /** Number for calls of this thread's {@link Addon}. Never given twice, so a stale one is an `EBADF` error. */
  readonly map: number;
  /** Descriptor in this process, by which others open the region as long as it is open here. */
  readonly fd: number;
  /** Inode number, which proves that a descriptor still means this region. */
  readonly inode: number;
  /** The memory. Not transferable; length 0 after {@link Addon.closeRegion}. At most 4 GiB on Node 20. */
  readonly buffer: ArrayBuffer;
}

/** How to ring the event loop of a thread: arguments for {@link Addon.openPipe}, together with the process id. */
export interface ParkerPipe {
  /** Write end of the pipe in this process; may be rung directly. Closed by {@link Addon.closeParker}. */
  readonly pipeFd: number;
  /** Inode number of the pipe. */
  readonly inode: number;
}

/** What became of a process. */
export interface ProcessEnding {
  /** `false` after a time-out. */
  readonly exited: boolean;
  /** Exit code; -1 when a signal ended it, while it runs, and when it is no child of ours (or was reaped already). */
  readonly code: number;
  /** Number of the signal that ended it, else 0. */
  readonly signal: number;
}

/**
 * The native functions, one object per thread. Nothing here is for users: arguments are checked only as far as memory
 * safety needs it.
 *
 * System errors are `Error`s with `code` (`ENOENT`, `ENOMEM` ...), `errno` and `syscall`, as Node's own are. Wrong
 * arguments are `TypeError` or `RangeError` with code `ERR_MP_INVALID_ARG`. Words are indices of 32-bit words.
 */
export interface Addon {
  /**
   * Maps new memory, full of zeros. Up to 64 KiB are reserved at once, more only by {@link Addon.reserve} (or when the
   * machine forbids overcommitment). Its size cannot be changed by anybody.
   *
   * @see `memfd_create(2)`, `ftruncate(2)`, `fallocate(2)`, `mmap(2)`
   */
  createRegion(byteLength: number): MappedRegion;
  /**
   * Maps the file in memory that process `pid` has open as `fd`, whole. Works for regions and for files in `/dev/shm`,
   * and for descriptors of this process too.
   *
   * @throws `ENOENT` when process or descriptor are gone, `ESTALE` when the number means another file now.
   * @see `open(2)` with `O_PATH` on `/proc/<pid>/fd/<fd>`, `fstat(2)`, `mmap(2)`
   */
  openRegion(pid: number, fd: number, inode: number): MappedRegion;
  /**
   * Detaches the buffer, unmaps, closes the descriptor. Nothing happens when it is closed already. The same is done when
   * the buffer is collected and when the thread ends.
   *
   * @see `munmap(2)`, `close(2)`
   */
  closeRegion(map: number): void;
  /**
   * Takes the whole region's memory now: afterwards no access can end in `SIGBUS`.
   *
   * @throws `ENOSPC` or `ENOMEM` when there is not enough.
   * @see `fallocate(2)`
   */
  reserve(map: number): void;
  /**
   * Maps a new file in memory that may be far larger than the machine: a page exists once it was touched. Without a
   * buffer of its own; see {@link Addon.viewHeap}.
   */
  createHeap(byteLength: number): { readonly map: number; readonly fd: number; readonly inode: number };
  /** Maps what {@link Addon.createHeap} made in another process. @throws As {@link Addon.openRegion}. */
  openHeap(pid: number, fd: number, inode: number): { readonly map: number; readonly byteLength: number };
  /**
   * A buffer over a part of a region or heap, which stays mapped as long as such a buffer lives; not transferable. Where no
   * such buffers can be made: that part of the whole.
   */
  viewHeap(map: number, byteOffset: number, byteLength: number): ArrayBuffer | Uint8Array<ArrayBuffer>;
  /** Gives the memory of whole pages back to the system; everybody sees zeros there. @see `madvise(2)`, `MADV_REMOVE` */
  discard(map: number, byteOffset: number, byteLength: number): void;
  /**
   * A buffer over a part of a region, lent to this thread: when it was collected, the word `releaseWord` of the region
   * becomes 0. The memory stays mapped as long as such a buffer lives. Not transferable.
   */
  lendView(map: number, byteOffset: number, byteLength: number, releaseWord: number): ArrayBuffer;

  /** Process, descriptor and inode of the program's registry, once a thread of this process has named it. */
  program(): [pid: number, fd: number, inode: number] | undefined;
  /** Names the registry unless it is known already. @returns The one that counts. */
  claimProgram(pid: number, fd: number, inode: number): [pid: number, fd: number, inode: number];

  /**
   * Blocks this thread while the word equals `expected`. A worker thread that is terminated meanwhile wakes within 100 ms.
   *
   * @param timeoutMs Milliseconds, fractions allowed; negative: for ever.
   * @returns 0 when woken or the word differed, 1 after the time-out.
   * @see `futex(2)`, `FUTEX_WAIT_BITSET`
   */
  waitWord(map: number, word: number, expected: number, timeoutMs: number): number;
  /** Watches the word for at most `spinMicros` (an integer up to 1,000,000); whether it differed from `expected`. No system call. */
  spinWord(map: number, word: number, expected: number, spinMicros: number): boolean;
  /**
   * Wakes up to `count` threads, of any process, that block on the word. Returns how many.
   *
   * @see `futex(2)`, `FUTEX_WAKE`
   */
  wakeWord(map: number, word: number, count: number): number;

  /**
   * Lets other threads and processes wake this thread's event loop; one parker per thread. `onEvents` runs whenever the
   * events word changed since its last call, and once after opening; microtasks and ticks run after it. What it throws is
   * an uncaught exception. Opened unref'd: it keeps the loop alive only after {@link Addon.refParker}. Never spins until
   * {@link Addon.spinParker} says so.
   *
   * A waker publishes its data, adds 1 to the events word, then looks at the state word: 1 (sleeps in its event loop) →
   * compare-exchange to 0, the winner rings the pipe; 2 (blocks on the state word) → compare-exchange to 0, the winner
   * calls {@link Addon.wakeParker}; 0 → nothing to do. Without the addon 1 stays as it is, and every waker rings.
   *
   * @throws `EBUSY` when this thread has an open parker.
   * @see `pipe2(2)`, `uv_prepare_t`, `uv_check_t`, `uv_poll_t`
   */
  openParker(map: number, stateWord: number, eventsWord: number, wakerWord: number, onEvents: () => void): ParkerPipe;
  /** Wakes the thread that blocks on the state word, and leaves in the waker word on which processor that was done. */
  wakeParker(map: number, stateWord: number, wakerWord: number): void;
  /** Lets the parker keep the event loop alive. */
  refParker(): void;
  /** Undoes {@link Addon.refParker}. */
  unrefParker(): void;
  /** Upper bound of the adaptive spin before the loop sleeps, in whole microseconds; 0: never. It spins only when the loop would sleep. */
  spinParker(maxMicros: number): void;
  /**
   * Blocks this thread until an event comes for its parker, spinning first as the event loop does. `onEvents` is not
   * called: the caller looks for itself.
   *
   * @param timeoutMs Milliseconds, fractions allowed; negative: for ever.
   * @returns Whether an event came, now or since the last look.
   * @see `futex(2)`
   */
  blockParker(timeoutMs: number): boolean;
  /** Ends the parker; also done when the thread ends. Another may be opened at once. */
  closeParker(): void;
  /**
   * Rings a parker's pipe. Nothing happens when it is full of rings or has no reader any more.
   *
   * @see `write(2)`
   */
  ring(fd: number): void;
  /**
   * Opens another process's parker pipe for {@link Addon.ring}; to be closed with {@link Addon.closeFd}.
   *
   * @throws `ENOENT` when process, descriptor or reader are gone, `ESTALE` when the number means another file now.
   * @see `open(2)` with `O_PATH` on `/proc/<pid>/fd/<fd>`, `fstat(2)`
   */
  openPipe(pid: number, fd: number, inode: number): number;
  /** Closes a descriptor. @see `close(2)` */
  closeFd(fd: number): void;
  /**
   * Another descriptor for a socket of this process, by which others take it with {@link Addon.takeSocket}; closed with
   * {@link Addon.closeFd}, or with the thread. Where Linux lets only ancestors look into a process, this one allows it to
   * all processes of its user from now on.
   *
   * @throws `ENOTSOCK` when it is no socket.
   * @see `fcntl(2)` with `F_DUPFD_CLOEXEC`, `prctl(2)` with `PR_SET_PTRACER`
   */
  copySocket(fd: number): { readonly fd: number; readonly inode: number };
  /**
   * A descriptor, now the caller's to close, for the socket that process `pid` knows as `fd`.
   *
   * @throws `ESRCH`, `EBADF` when process or descriptor are gone, `ESTALE` when the number means another file now,
   * `EPERM` when the system forbids it, `ENOSYS` before Linux 5.6.
   * @see `pidfd_getfd(2)`
   */
  takeSocket(pid: number, fd: number, inode: number): number;
  /** Whether this thread's event loop has a reason to go on. @see `uv_loop_alive` */
  loopAlive(): boolean;

  /**
   * Ties this process to another one: when that ends, this one is killed at once, also while JavaScript loops. It dies
   * immediately when the other has ended or started at another time. A thread watches; repeated calls change nothing.
   *
   * @param startTime From {@link Addon.startTime}; 0 compares nothing.
   * @see `pidfd_open(2)`, `poll(2)`; a look every 200 ms where the kernel has no pidfd
   */
  lifeline(pid: number, startTime: number): void;
  /** When the process started, in the kernel's ticks; -1 when there is none. @see `proc_pid_stat(5)` */
  startTime(pid: number): number;
  /** Whether the process exists, is no zombie, and (unless 0) started at `startTime`. @see `proc_pid_stat(5)` */
  isAlive(pid: number, startTime: number): boolean;
  /**
   * Blocks this thread until a process has ended. The exit status is left for libuv, whose exit event comes as usual.
   *
   * @param timeoutMs Milliseconds; negative: for ever; 0 only looks.
   * @see `pidfd_open(2)`, `waitid(2)` with `WNOWAIT`
   */
  waitExit(pid: number, timeoutMs: number): ProcessEnding;
  /**
   * Takes the exit status of a child that has ended and that no event loop watches any more, or it stays as a zombie.
   *
   * @returns Whether there was one.
   * @see `waitpid(2)`
   */
  reap(pid: number): boolean;
  /**
   * Binds all threads of a process, or the one thread with that id, to these processors.
   *
   * @throws `ESRCH` or `ENOENT` when it is gone, `EINVAL` when none of the processors is usable.
   * @see `sched_setaffinity(2)`
   */
  setAffinity(pid: number, cpus: readonly number[]): void;
  /** Processors that the first thread of the process may use, ascending. @see `sched_getaffinity(2)` */
  getAffinity(pid: number): number[];
  /** The kernel's number of this thread. @see `gettid(2)` */
  threadId(): number;
  /** Ends the process without any clean-up. @see `_exit(2)` */
  exitNow(code: number): never;
  /** Memory of the process that is in RAM, in bytes; -1 when there is none. @see `proc_pid_statm(5)` */
  resident(pid: number): number;
}
