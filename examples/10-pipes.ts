// A pipe between two processes. Python: multiprocessing.Pipe.

import { setTimeout } from 'node:timers/promises';

import { type Connection, Pipe, Process, isMain } from 'manycore';

export async function sender(connection: Connection<string>): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const message = `Message ${i}`;
    await connection.send(message);
    console.log(`Sent: ${message}`);
    await setTimeout(20);
  }
  connection.close();
}

export async function receiver(connection: Connection<string>): Promise<void> {
  // Ends when nobody holds the sending end any more, as Python's EOFError.
  for await (const message of connection) console.log(`Received: ${message}`);
  console.log('Nobody is left to send');
}

async function main(): Promise<void> {
  const [parentEnd, childEnd] = Pipe<string>();
  const sending = new Process({ target: sender, args: [childEnd] });
  const receiving = new Process({ target: receiver, args: [parentEnd] });
  sending.start();
  receiving.start();
  // The two children hold the ends now.
  parentEnd.close();
  childEnd.close();

  await sending.join();
  await receiving.join();
}

if (isMain(import.meta)) await main();
