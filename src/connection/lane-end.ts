import type { EndingChain } from '../shared-memory/chains.ts';
import { HEAD, LANE_WORDS, PLACE_WORDS, POSITION, READ_PLACES, SEGMENT, TAIL } from './lane-layout.ts';
import { dropRecord, END, RECORD_HEADER, sizeOf } from './lane-record.ts';
import { FIRST_RECORD, Segments } from './lane-segments.ts';

/** A queue or pipe ends, and nobody reads it any more: what its messages carry is given back. */
export function endLane({ words, at, which, first }: EndingChain): void {
  const lane = at + which * LANE_WORDS;
  const segments = Segments.current();
  const tail = Atomics.load(words, lane + TAIL);
  let head = Atomics.load(words, lane + HEAD);
  const place = lane + READ_PLACES + PLACE_WORDS * (head & 1);
  const number = (words[place + SEGMENT] ?? 0) >>> 0;
  let segment = segments.get(number === 0 ? first : number);
  let position = number === 0 ? FIRST_RECORD : (words[place + POSITION] ?? 0);
  for (; head !== tail; head = (head + 1) | 0) {
    if (segment.words[(segment.start + position) / 4] === END) {
      segment = segments.get(segments.next(segment));
      position = FIRST_RECORD;
    }
    const header = segment.words[(segment.start + position) / 4] ?? 0;
    dropRecord(segment.target, header, segment.start + position + RECORD_HEADER);
    position += sizeOf(header);
  }
}
