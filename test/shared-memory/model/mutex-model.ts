import type { Model, State } from './explorer.ts';

/*
 * The mutex of `src/shared-memory/mutex.ts` with its wait set (`wait-set.ts`), step by step: each number below is one
 * atomic operation on shared memory, in the order of the source. Sleeping is waiting for the own event flag.
 *
 * State: owner, heir, bits, group, kills left, then for each actor: step, local, event, rounds left.
 */

const [OWNER, HEIR, BITS, GROUP, KILLS, ACTORS] = [0, 1, 2, 3, 4, 5];
const FIELDS = 4;
const [STEP, LOCAL, EVENT, ROUNDS] = [0, 1, 2, 3];

const [TRY, SET_BIT, SET_GROUP, LOOK, TAKE, SLEEP, RECHECK] = [0, 1, 2, 3, 4, 5, 6];
const [CLEAR_BIT, CLEAR_GROUP, GROUP_AGAIN, NO_HEIR, NO_RESERVE, PASS_ON] = [10, 11, 12, 13, 14, 15];
const [INSIDE, FREE, SEE_WAITERS, READ_HEIR, HAND, SERVED, STILL_THERE, IS_FREE, WAKE] = [
  20, 21, 22, 23, 24, 25, 26, 27, 28,
];
const [DONE, DEAD] = [40, 41];
/** Local value of one that leaves with empty hands. */
const GAVE_UP = 9;

/** What may happen, and what is broken on purpose to see that the search would find it. */
export interface MutexOptions {
  readonly actors: number;
  /** How often each takes the lock, or all of them. */
  readonly rounds: number | readonly number[];
  /** How many may be killed, at any step. */
  readonly kills?: number;
  /** Whether waiters look again by themselves. */
  readonly rechecks?: boolean;
  /** Whether the first of them may time out; if all might, nobody could ever be stuck. */
  readonly leaves?: boolean;
  readonly broken?:
    | 'no look at waiters'
    | 'no passing on'
    | 'no look after bit'
    | 'group stays away'
    | 'reservation stays';
}

/** The model of `actors` threads that take and release one mutex. */
export function mutexModel(options: MutexOptions): Model {
  const { actors, rounds, kills = 0, rechecks = false, leaves = false, broken } = options;
  const start: number[] = [0, 0, 0, 0, kills];
  for (let i = 0; i < actors; i++) start.push(TRY, 0, 0, typeof rounds === 'number' ? rounds : (rounds[i] ?? 1));
  const indices = Array.from({ length: actors }, (_, i) => i);
  const at = (actor: number, field: number): number => ACTORS + actor * FIELDS + field;

  function steps(state: State, actor: number): State[] {
    const me = actor + 1;
    const get = (index: number): number => state[index] ?? 0;
    const my = (field: number): number => get(at(actor, field));
    const owner = get(OWNER);
    const bits = get(BITS);
    /** The next state: a step and what changes besides. */
    const go = (step: number, ...changes: readonly (readonly [index: number, value: number])[]): State => {
      const after = [...state];
      after[at(actor, STEP)] = step;
      for (const [index, value] of changes) after[index] = value;
      return after;
    };
    const local = (value: number): [number, number] => [at(actor, LOCAL), value];
    const over = (): State[] =>
      my(ROUNDS) > 1 ? [go(TRY, [at(actor, ROUNDS), my(ROUNDS) - 1], local(0))] : [go(DONE, local(0))];
    const wakeOne = (then: number): State[] => {
      const waiting = indices.filter((other) => (bits & (1 << other)) !== 0);
      if (waiting.length === 0) return [go(then)];
      return waiting.map((other) => go(then, [at(other, EVENT), 1]));
    };
    switch (my(STEP)) {
      case TRY:
        return owner === 0 ? [go(INSIDE, [OWNER, me])] : [go(SET_BIT)];
      case SET_BIT:
        return [go(SET_GROUP, [BITS, bits | (1 << actor)])];
      case SET_GROUP:
        return [go(broken === 'no look after bit' ? SLEEP : LOOK, [GROUP, 1])];
      case LOOK:
        return owner === 0 || owner === -me ? [go(TAKE, local(owner))] : [go(SLEEP)];
      case TAKE:
        if (owner !== my(LOCAL)) return [go(SLEEP, local(0))];
        return [go(CLEAR_BIT, [OWNER, me], local(0), ...(get(HEIR) === me ? [[HEIR, 0] as const] : []))];
      case SLEEP: {
        const found = my(EVENT) === 1 ? [go(LOOK, [at(actor, EVENT), 0])] : [];
        // One that waits for long names itself heir whenever it looks.
        if (my(EVENT) === 1 && get(HEIR) === 0) found.push(go(LOOK, [at(actor, EVENT), 0], [HEIR, me]));
        if (rechecks) found.push(go(RECHECK));
        if (leaves && actor === 0) found.push(go(CLEAR_BIT, local(GAVE_UP)));
        return found;
      }
      case RECHECK: {
        const isDead = owner !== 0 && get(at(Math.abs(owner) - 1, STEP)) === DEAD;
        if (isDead) return [go(CLEAR_BIT, [OWNER, me])];
        // A reservation that stood at the last look as well; who sees it first, here, may as well be right.
        if (owner < 0 && owner !== -me) return [go(SET_BIT, [OWNER, 0]), go(SET_BIT)];
        return [go(SET_BIT)];
      }
      case CLEAR_BIT: {
        const left = bits & ~(1 << actor);
        return [go(left === 0 ? CLEAR_GROUP : NO_HEIR, [BITS, left])];
      }
      case CLEAR_GROUP:
        return [go(GROUP_AGAIN, [GROUP, 0])];
      case GROUP_AGAIN:
        if (bits === 0 || broken === 'group stays away') return [go(NO_HEIR)];
        return [
          go(
            NO_HEIR,
            [GROUP, 1],
            ...indices.filter((other) => (bits & (1 << other)) !== 0).map((other) => [at(other, EVENT), 1] as const),
          ),
        ];
      case NO_HEIR:
        return [go(NO_RESERVE, ...(get(HEIR) === me ? [[HEIR, 0] as const] : []))];
      case NO_RESERVE:
        return [go(PASS_ON, ...(owner === -me ? [[OWNER, 0] as const] : []))];
      case PASS_ON: {
        const then = my(LOCAL) === GAVE_UP ? DONE : INSIDE;
        if (get(GROUP) === 0 || owner > 0 || broken === 'no passing on') return [go(then, local(0))];
        return wakeOne(then);
      }
      case INSIDE:
        return [go(FREE)];
      case FREE:
        return [go(SEE_WAITERS, [OWNER, 0])];
      case SEE_WAITERS:
        return get(GROUP) === 0 || broken === 'no look at waiters' ? over() : [go(READ_HEIR)];
      case READ_HEIR:
        return [get(HEIR) === 0 ? go(IS_FREE) : go(HAND, local(get(HEIR)))];
      case HAND:
        // Whoever has taken it meanwhile hands it over when done.
        return owner === 0 ? [go(SERVED, [OWNER, -my(LOCAL)])] : over();
      case SERVED: {
        const heir = my(LOCAL);
        return [go(STILL_THERE, [at(heir - 1, EVENT), 1], ...(get(HEIR) === heir ? [[HEIR, 0] as const] : []))];
      }
      case STILL_THERE: {
        const heir = my(LOCAL);
        if ((bits & (1 << (heir - 1))) !== 0 || owner !== -heir || broken === 'reservation stays') return over();
        return [go(WAKE, [OWNER, 0])];
      }
      case IS_FREE:
        return owner === 0 ? [go(WAKE)] : over();
      case WAKE:
        // Over and waking are one: the waker's own next steps do not depend on it.
        return over().flatMap((after) => {
          const waiting = indices.filter((other) => (bits & (1 << other)) !== 0);
          if (waiting.length === 0) return [after];
          return waiting.map((other) => after.map((value, index) => (index === at(other, EVENT) ? 1 : value)));
        });
      default:
        return [];
    }
  }

  function next(state: State): State[] {
    const found: State[] = [];
    for (const actor of indices) {
      const step = state[at(actor, STEP)];
      if (step === DONE || step === DEAD) continue;
      found.push(...steps(state, actor));
      if ((state[KILLS] ?? 0) > 0) {
        const killed = [...state];
        killed[at(actor, STEP)] = DEAD;
        killed[KILLS] = (state[KILLS] ?? 0) - 1;
        found.push(killed);
      }
    }
    return found;
  }

  /** Whoever is between taking the lock and freeing it. */
  const isInside = (state: State, actor: number): boolean => {
    const step = state[at(actor, STEP)] ?? 0;
    const isLeaving = step >= CLEAR_BIT && step <= PASS_ON;
    return isLeaving ? state[at(actor, LOCAL)] !== GAVE_UP : step === INSIDE || step === FREE;
  };

  return {
    start,
    next,
    violation: (state) => (indices.filter((actor) => isInside(state, actor)).length > 1 ? 'two are inside' : undefined),
    isFinal: (state) => indices.every((actor) => [DONE, DEAD].includes(state[at(actor, STEP)] ?? 0)),
  };
}
