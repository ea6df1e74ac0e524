/** Runs the contenders of one measure in turn, round after round, and compares the rounds. */
import { runDriver } from './process-group.mjs';
import { median, pairQuotients } from './statistics.mjs';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} driver file in peers/
 * @property {string} [measure] the driver's name for it, when it differs from the measure's `run`
 * @property {boolean} [ours]
 * @property {'javascript' | 'baseline' | 'cpython'} [kind]
 * @property {object} [parameters] added to the measure's own
 * @property {string} [setting] what was chosen for it
 *
 * @typedef {object} Target
 * @property {string} text
 * @property {string} ours name of the contender it is about
 * @property {string | string[]} [against] a name, several (the best of them counts), or none: the figure itself is judged
 * @property {string} [key] which of the figures
 * @property {number} [atLeast] bound of ours ÷ theirs
 * @property {number} [atMost]
 *
 * @typedef {object} Measure
 * @property {string} name
 * @property {string} title a parameter in braces stands for its value
 * @property {string} unit
 * @property {'more' | 'less'} better
 * @property {Record<string, 'more' | 'less'>} [betterFor] keys that differ from it
 * @property {string} run
 * @property {object} [parameters]
 * @property {object} [quick] parameters for a quick run
 * @property {number} [limitMs] for one driver
 * @property {Contender[]} contenders
 * @property {Target[]} [targets]
 */

/** @param {Measure} measure @param {{ pairs: number, quick: boolean, onProgress: (text: string) => void }} options */
export async function runMeasure(measure, { pairs, quick, onProgress }) {
  const entries = measure.contenders.map((contender) => ({
    contender,
    /** @type {(Record<string, number> | undefined)[]} */
    rounds: [],
    status: 'measured',
    /** @type {string | undefined} */
    note: undefined,
  }));
  for (let round = 0; round < pairs; round++) {
    // A B C, then C B A: whatever drifts over a round favours nobody in the long run.
    const order = round % 2 === 0 ? entries : entries.toReversed();
    for (const entry of order) {
      if (entry.status !== 'measured') continue;
      onProgress(`${measure.name}: round ${round + 1} of ${pairs}: ${entry.contender.name}`);
      const { contender } = entry;
      const parameters = { ...measure.parameters, ...contender.parameters, ...(quick ? measure.quick : {}) };
      const outcome = await runDriver(
        contender.driver,
        contender.measure ?? measure.run,
        parameters,
        measure.limitMs ?? 180_000,
      );
      if (outcome.missing !== undefined) [entry.status, entry.note] = ['missing', outcome.missing];
      else if (outcome.failed !== undefined) [entry.status, entry.note] = ['failed', outcome.failed];
      else entry.rounds[round] = outcome.values;
    }
  }
  const parameters = { ...measure.parameters, ...(quick ? measure.quick : {}) };
  return summarise(
    { ...measure, title: fill(measure.title, parameters), unit: fill(measure.unit, parameters) },
    entries,
  );
}

/** @param {string} title @param {Record<string, any>} parameters */
function fill(title, parameters) {
  return title.replaceAll(/\{(\w+)\}/g, (_, name) => parameters[name]?.toLocaleString('en-US') ?? name);
}

/** @param {Measure} measure @param {any[]} entries */
function summarise(measure, entries) {
  const { name, title, unit, better, betterFor = {} } = measure;
  const contenders = entries.map(({ contender, rounds, status, note }) => ({
    name: contender.name,
    ours: contender.ours === true,
    kind: contender.kind,
    setting: contender.setting,
    status,
    note,
    values: byKey(rounds),
  }));
  return {
    name,
    title,
    unit,
    better,
    contenders,
    ratios: ratios(contenders, (key) => betterFor[key] ?? better),
    targets: judge(measure, contenders),
  };
}

/** @param {(Record<string, number> | undefined)[]} rounds @returns {Record<string, (number | undefined)[]>} */
function byKey(rounds) {
  const keys = new Set(rounds.flatMap((values) => Object.keys(values ?? {})));
  return Object.fromEntries([...keys].map((key) => [key, Array.from(rounds, (values) => values?.[key])]));
}

/** How many times better ours is than each peer. @param {any[]} contenders @param {(key: string) => 'more' | 'less'} betterAt */
function ratios(contenders, betterAt) {
  const found = [];
  for (const ours of contenders.filter((one) => one.ours)) {
    for (const peer of contenders.filter((one) => !one.ours)) {
      for (const key of Object.keys(ours.values)) {
        const theirs = peer.values[key] ?? [];
        const perRound =
          betterAt(key) === 'more' ? pairQuotients(ours.values[key], theirs) : pairQuotients(theirs, ours.values[key]);
        if (perRound.length > 0)
          found.push({ ours: ours.name, peer: peer.name, key, perRound, median: median(perRound) });
      }
    }
  }
  return found;
}

/** @param {Measure} measure @param {any[]} contenders */
function judge({ targets = [], better }, contenders) {
  return targets.map((target) => {
    const { text, against, key = 'value', atLeast, atMost } = target;
    const figures = (/** @type {string} */ name) => contenders.find((one) => one.name === name)?.values[key];
    const ours = figures(target.ours);
    const base = { text, ours: target.ours, key, atLeast, atMost };
    if (ours === undefined) return { ...base, result: 'not measured' };
    if (against === undefined) return { ...base, ...verdict(median(ours.filter(isNumber)), atLeast, atMost) };
    const best = [against]
      .flat()
      .filter((name) => figures(name) !== undefined)
      .toSorted((a, b) => {
        const difference = median(figures(a).filter(isNumber)) - median(figures(b).filter(isNumber));
        return better === 'more' ? -difference : difference;
      })[0];
    if (best === undefined) return { ...base, result: 'not measured' };
    const quotients = pairQuotients(ours, figures(best));
    if (quotients.length === 0) return { ...base, against: best, result: 'not measured' };
    return { ...base, against: best, ...verdict(median(quotients), atLeast, atMost) };
  });
}

/** @param {number} figure @param {number} [atLeast] @param {number} [atMost] */
function verdict(figure, atLeast = -Infinity, atMost = Infinity) {
  return { figure, result: figure >= atLeast && figure <= atMost ? 'met' : 'missed' };
}

/** @param {number | undefined} value @returns {value is number} */
function isNumber(value) {
  return value !== undefined;
}
