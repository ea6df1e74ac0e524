import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

import { HALT_MODES } from './map-job.ts';
import { INPUT_KINDS } from './inputs.ts';
import { ERROR_FORMATS } from './report.ts';
import type { MapOptions } from './map-options.ts';

const HELP = `
Each INPUT is a file, a glob pattern in quotes, or - for the standard input (which is also taken when there is none).
With --input auto, .ndjson, .jsonl, .csv and .tsv files are read record by record, and the path of any other file is
itself the item; the standard input is NDJSON when its first line is a JSON object or array, else lines of text.
Lines and paths reach the function as strings, NDJSON as the parsed value, CSV records as objects by header.

Without #EXPORT the default export is taken, or the only function. Results are written as NDJSON, one line per item;
items that failed are reported on the standard error. What the function prints goes to the standard error too.

Exit codes: 0 all done; 1 some items failed; 2 wrong usage, nothing was run; 3 input or output broke;
            130 Ctrl-C; 143 SIGTERM. A reader that leaves (| head) ends the run quietly with 0.

Examples:
  manycore map ./hash.ts 'src/**/*.ts'
  manycore map ./tasks.ts#score orders.csv --jobs 8 --progress --output scores.ndjson
  tail -f access.log | manycore map ./parse.js --input lines --keep-order
  manycore map ./fetch.ts urls.txt --input lines --retries 2 --timeout 5000 --joblog run.log --resume`;

/** Adds `manycore map`. */
export function addMapCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('map')
    .summary('run a function of a module over files, lines, NDJSON or CSV')
    .description('Runs a function of a TypeScript or JavaScript module over inputs, on all cores.')
    .argument('<MODULE[#EXPORT]>', 'path or package, and the function in it')
    .argument('[INPUT...]', 'files, glob patterns, or - for the standard input')
    .addOption(new Option('-i, --input <kind>', 'what the inputs hold').choices(INPUT_KINDS).default('auto'))
    .option('-j, --jobs <n>', 'number of worker processes (default: one per core)', atLeast(1))
    .option('-n, --chunk-size <n>', 'items per task; more than 1 pays for items of some microseconds', atLeast(1), 1)
    .option('-k, --keep-order', 'write results in the order of the inputs (default: as completed)')
    .option('--tag', 'write {"seq","item","result"} instead of the bare result')
    .option('-o, --output <file>', 'write results to a file instead of the standard output')
    .option('--retries <n>', 'try an item that failed up to n more times', atLeast(0), 0)
    .option('--timeout <ms>', 'stop an item (and its worker) that runs longer', atLeast(1))
    .addOption(new Option('--halt <when>', 'end the run after a failure').choices(HALT_MODES).default('never'))
    .option('--joblog <file>', 'write a line of NDJSON for each item done or failed')
    .option('--resume', 'skip the items that the joblog says are done, append to log and output')
    .addOption(
      new Option('--progress [=mode]', 'show rate, time left and failures; plain: lines instead of a bar')
        .choices(['bar', 'plain', 'none'])
        .default('none'),
    )
    .addOption(new Option('--errors <format>', 'how failures are written').choices(ERROR_FORMATS).default('text'))
    .addHelpText('after', HELP)
    .action(async (moduleSpec: string, inputs: string[], options: MapOptions) => {
      // Loaded here and not above: the other commands and --help do not need the pool.
      const { runMap } = await import('./map-run.ts');
      exit(await runMap(moduleSpec, inputs, options));
    });
}

function atLeast(min: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`expected an integer >= ${min}.`);
  };
}
