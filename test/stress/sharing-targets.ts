// What the children of the long run on shared objects do.
import type { Connection, Queue } from 'manycore';

export function nothing(): void {}

/** Sends back what comes, until `null` does; takes what comes through the pipe. */
export async function serve(from: Queue<unknown>, to: Queue<unknown>, pipe: Connection): Promise<void> {
  const piped = (async () => {
    await pipe.recv();
    await pipe.send('took it');
  })();
  for (let item = await from.get(); item !== null; item = await from.get()) await to.put(item);
  await piped;
}
