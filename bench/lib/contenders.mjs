/** Contenders that several suites share. */

/**
 * This library on its default kind of process and on threads.
 *
 * @param {string} driver file in peers/manycore/ @param {object} [parameters]
 * @returns {import('./measure.mjs').Contender[]}
 */
export function ours(driver, parameters = {}) {
  return [
    { name: 'manycore processes', driver: `manycore/${driver}`, ours: true, parameters },
    {
      name: 'manycore threads',
      driver: `manycore/${driver}`,
      ours: true,
      parameters: { ...parameters, context: 'thread' },
    },
  ];
}

/** @param {object} [parameters] @returns {import('./measure.mjs').Contender} */
export function cpython(parameters = {}) {
  return { name: 'CPython', driver: 'cpython', kind: 'cpython', parameters };
}

/** @param {object} [parameters] @returns {import('./measure.mjs').Contender} */
export function messagePort(parameters = {}) {
  return { name: 'MessagePort', driver: 'messageport', kind: 'baseline', parameters };
}

/** @param {'json' | 'advanced'} serialization @param {object} [parameters] @returns {import('./measure.mjs').Contender} */
export function ipc(serialization, parameters = {}) {
  return {
    name: `IPC ${serialization}`,
    driver: 'ipc',
    kind: 'baseline',
    parameters: { ...parameters, serialization },
  };
}
