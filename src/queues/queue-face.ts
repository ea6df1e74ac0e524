import type { CheckedWait, Deadline } from '../base/deadline.ts';
import type { LaneMessage } from '../connection/lane-message.ts';
import type { Watch } from '../connection/waitable.ts';
import type { BlockHandle } from '../shared-memory/shared-block.ts';

/** Whether a waiting call is over for a reason of its own, such as the closing of its queue object. */
export type IsOver = () => boolean;

/** A queue as its objects see it: in memory that the program shares, or in the program's first process. */
export interface QueueFace {
  readonly maxSize: number;
  readonly size: number;
  readonly isEmpty: boolean;
  readonly isReady: boolean;
  /** For one message to one receiver. */
  send(): BlockHandle;
  /** Writes an item. @returns Whether it went at once; else what is to be handed to {@link putLater}. */
  put(item: unknown, deadline: Deadline, name: string): LaneMessage | undefined;
  putLater(message: LaneMessage, wait: CheckedWait, isOver: IsOver): Promise<void>;
  putLaterSync(message: LaneMessage, deadline: Deadline): void;
  /** Takes the oldest item, as `Lane.read`. */
  take(isBlocking: boolean): unknown;
  /** As {@link take}, but tasks of this thread that have waited for longer come first. */
  takeInTurn(): unknown;
  /** Waits for an item. @returns `NOTHING` when no item will come any more. @throws QueueEmptyError */
  takeLater(wait: CheckedWait, isOver: IsOver): Promise<unknown>;
  takeLaterSync(deadline: Deadline): unknown;
  /** Waits until there is an item, or none will come any more; takes nothing. */
  ready(wait: CheckedWait): Promise<boolean>;
  watch(): Watch;
  /** @returns `false` when more tasks are reported than items were put. */
  taskDone(): boolean;
  join(wait: CheckedWait): Promise<boolean>;
  joinSync(deadline: Deadline): boolean;
  shutdown(immediate: boolean): void;
  /** Has the waiting tasks of this thread look again. */
  nudge(): void;
}
