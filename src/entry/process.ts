// The first file of every child process. Each of them pays for what it imports: keep it small.
import { beginChild, type Begun, type Main } from '../process/child-boot.ts';
import { expectEnd, fail, guardErrors, guardOutput } from '../process/child-life.ts';

async function work({ channel, main, payload }: Begun): Promise<void> {
  const endIsExpected = expectEnd();
  try {
    // The parent names modules of this library only, and each of them exports `main`.
    const module = (await import(main)) as { readonly main: Main };
    await module.main(channel, payload);
  } catch (error) {
    fail(error);
  }
  endIsExpected();
}

guardErrors();
const begun = beginChild();
guardOutput(begun.channel.margin);
// Not awaited: an entry whose top level waits could not be told from one that is still loading.
void work(begun);
