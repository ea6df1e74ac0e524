import type { Command } from 'commander';

import { addCareCommands } from './care-commands.ts';
import { addMapCommand } from './map-command.ts';

/** Adds one command to the program; the command calls `exit` with its exit code when it is done. */
export type AddCommand = (program: Command, exit: (code: number) => void) => void;

/** Every command of `manycore`, in the order of its help page. A new one is a file of its own and a line here. */
export const commands: readonly AddCommand[] = [addMapCommand, addCareCommands];
