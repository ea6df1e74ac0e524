import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The source map of files that were put one below the other. */
export class JoinedMap {
  #sources = [];
  #lines = [];

  /** Says that what `mapFile` describes begins at that line, counted from 0, of the joined file, which lies in `folder`. */
  add(line, folder, mapFile) {
    const { sources, mappings } = JSON.parse(readFileSync(mapFile, 'utf8'));
    const offset = this.#sources.length;
    this.#sources.push(
      ...sources.map((source) => relative(folder, join(dirname(mapFile), source)).replaceAll('\\', '/')),
    );
    let before = [0, 0, 0, 0];
    for (const [index, segments] of mappings.split(';').entries()) {
      before = [0, ...before.slice(1)];
      this.#lines[line + index] = segments.split(',').flatMap((segment) => {
        if (segment === '') return [];
        // Names are left out: nobody looks at them.
        const [column, source, row, place] = decode(segment);
        before = [before[0] + column, before[1] + source, before[2] + row, before[3] + place];
        return [[before[0], before[1] + offset, before[2], before[3]]];
      });
    }
  }

  toString(file) {
    let before = [0, 0, 0, 0];
    const lines = Array.from(this.#lines, (segments = []) => {
      before = [0, ...before.slice(1)];
      return segments.map((segment) => {
        const text = segment.map((number, index) => encode(number - before[index])).join('');
        before = segment;
        return text;
      });
    });
    const mappings = lines.map((segments) => segments.join(',')).join(';');
    return JSON.stringify({ version: 3, file, sources: this.#sources, names: [], mappings });
  }
}

/** Numbers as source maps have them: base 64 with the sign last, five bits a letter, the lowest first. */
function decode(segment) {
  const numbers = [];
  let number = 0;
  let shift = 0;
  for (const letter of segment) {
    const digit = DIGITS.indexOf(letter);
    number += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(number & 1 ? -(number >> 1) : number >> 1);
    number = 0;
    shift = 0;
  }
  return numbers;
}

function encode(number) {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = '';
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
