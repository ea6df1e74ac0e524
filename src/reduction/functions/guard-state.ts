/** What is known about the entry guard of the program and about this process's place in it. */
export interface GuardState {
  /** Whether this thread or process was started by the library. */
  child: boolean;
  /** Tasks that run now; a child may start processes only while this is above zero or nothing is being imported. */
  runningTasks: number;
  /** Modules that are being imported for a message. */
  importing: number;
  /** Whether the program asked `isMain`. */
  guardSeen: boolean;
}
