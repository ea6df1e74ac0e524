/**
 * The behaviours that CPython's own tests (and those of loky and MPIRE) demand, by id: which of them tests must name, and which
 * are deliberately not covered. `test/package/conformance.test.ts` compares this table with the titles of the tests.
 */
export interface Section {
  readonly title: string;
  /** `{ POOL: 39 }` stands for POOL-01 to POOL-39. */
  readonly ids: Readonly<Record<string, number>>;
  /** Ids that no test names, with the reason: what has no meaning here, or is different on purpose. */
  readonly skipped: Readonly<Record<string, string>>;
  /** Ids for which a test is still to be written. Each one that a test names must be taken from this list. */
  readonly open: readonly string[];
}

export const SECTIONS: Readonly<Record<string, Section>> = {
  B1: {
    title: 'processes',
    ids: { PROC: 38 },
    skipped: {
      'PROC-02':
        'children run on the Node that runs the program, whose flags a process may choose (`execArgv`), not its file',
    },
    open: [],
  },
  B2: { title: 'queues', ids: { QUE: 24 }, skipped: {}, open: [] },
  B3: { title: 'locks, semaphores, conditions, events', ids: { SYN: 21 }, skipped: {}, open: [] },
  B4: { title: 'barriers', ids: { BAR: 12 }, skipped: {}, open: [] },
  B5: { title: 'shared values and arrays', ids: { VAL: 4, ARR: 6, CTY: 3, HEAP: 3 }, skipped: {}, open: [] },
  B6: { title: 'containers of managers', ids: { CON: 11, SMT: 15 }, skipped: {}, open: [] },
  B7: { title: 'pools', ids: { POOL: 39 }, skipped: {}, open: [] },
  B8: { title: 'managers', ids: { MGR: 12 }, skipped: {}, open: [] },
  B9: {
    title: 'pipes, connections, listeners',
    ids: { CONN: 14, LIS: 9, POLL: 4, PKC: 3, WAIT: 5, EINTR: 2 },
    skipped: {
      'CONN-10':
        'descriptors are no values here: a message that has one refers to nothing at the receiver, so none is sent',
      'CONN-11': 'as CONN-10',
      'CONN-12': 'as CONN-10: no data promises a descriptor',
      'LIS-09': 'Node has no time-out that all sockets share',
    },
    open: [],
  },
  B10: {
    title: 'authentication',
    ids: { AUTH: 5 },
    skipped: {
      'AUTH-04':
        'prepared processes have no address at which anybody could ask for one: requests lie in memory that only the program has',
    },
    open: [],
  },
  B11: { title: 'shared memory', ids: { SHM: 19, SHL: 7 }, skipped: {}, open: [] },
  B12: {
    title: 'start methods, main guard, flags, descriptors',
    ids: { CTX: 14 },
    skipped: {},
    open: [],
  },
  B13: { title: 'resource tracker and finalizers', ids: { TRK: 7, FIN: 4 }, skipped: {}, open: [] },
  B14: { title: 'logging, imports', ids: { LOG: 4, IMP: 1 }, skipped: {}, open: [] },
  B15: {
    title: 'executors',
    ids: { EXE: 15, SHD: 9, DLK: 16, FUT: 6, FWT: 5, ASC: 3, IPE: 1 },
    skipped: {
      'EXE-12': 'a killed worker fails the call that it was making and no other; the executor replaces it and goes on',
      'FUT-05': 'users cannot set a result: futures are made and settled by their executor only',
    },
    open: [],
  },
  B16: {
    title: "loky's and MPIRE's own",
    ids: { LKY: 10, MPI: 14 },
    skipped: {
      'MPI-06': 'a second map at the same time is welcome: both share the workers',
    },
    open: [],
  },
};

/** All ids of a section, in order. */
export function idsOf(section: Section): string[] {
  return Object.entries(section.ids).flatMap(([family, last]) => series(family, 1, last));
}

/** Ids that a text names: `QUE-03`, `FWT-01 to FWT-05`, `SMT-01…14`. */
export function idsIn(text: string): string[] {
  const found = text.matchAll(/\b([A-Z]{2,5})-(\d\d)(?:(?: to [A-Z]{2,5}-|…)(\d\d))?/g);
  return [...found].flatMap(([, family = '', first, last = first]) => series(family, Number(first), Number(last)));
}

function series(family: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${family}-${String(first + i).padStart(2, '0')}`);
}
