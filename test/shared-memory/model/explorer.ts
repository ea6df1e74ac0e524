/** One state of a model: small whole numbers only. */
export type State = readonly number[];

/** A system whose steps are atomic. */
export interface Model {
  readonly start: State;
  /** All states that one step of anybody leads to. */
  next(state: State): readonly State[];
  /** What is wrong with a state, if anything. */
  violation(state: State): string | undefined;
  /** Whether everybody has what he wanted. */
  isFinal(state: State): boolean;
}

/** What an exhaustive search found. */
export interface Finding {
  readonly states: number;
  /** Why, and the states on the way there. */
  readonly trouble: { readonly why: string; readonly path: readonly State[] } | undefined;
}

/** Visits every state that can be reached, and proves that none is wrong and that from each of them the end can be reached. */
export function explore(model: Model): Finding {
  const states: State[] = [model.start];
  const indices = new Map([[keyOf(model.start), 0]]);
  const parents: number[] = [-1];
  const before: number[][] = [[]];
  for (let at = 0; at < states.length; at++) {
    const state = states[at] ?? model.start;
    const why = model.violation(state);
    if (why !== undefined) return { states: states.length, trouble: { why, path: pathTo(at, states, parents) } };
    for (const next of model.next(state)) {
      const key = keyOf(next);
      let index = indices.get(key);
      if (index === undefined) {
        index = states.push(next) - 1;
        indices.set(key, index);
        parents.push(at);
        before.push([]);
      }
      before[index]?.push(at);
    }
  }
  const stuck = firstStuck(states, before, model);
  const trouble =
    stuck < 0 ? undefined : { why: 'nobody gets from here to the end', path: pathTo(stuck, states, parents) };
  return { states: states.length, trouble };
}

/** Goes backwards from the final states; whatever is not met can never end. */
function firstStuck(states: readonly State[], before: readonly number[][], model: Model): number {
  const canEnd = states.map((state) => model.isFinal(state));
  const open = [...canEnd.keys()].filter((index) => canEnd[index]);
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const earlier of before[index] ?? []) {
      if (canEnd[earlier]) continue;
      canEnd[earlier] = true;
      open.push(earlier);
    }
  }
  return canEnd.indexOf(false);
}

function keyOf(state: State): string {
  return String.fromCharCode(...state.map((value) => value + 64));
}

function pathTo(index: number, states: readonly State[], parents: readonly number[]): State[] {
  const path: State[] = [];
  for (let at = index; at >= 0; at = parents[at] ?? -1) path.unshift(states[at] ?? []);
  return path;
}
