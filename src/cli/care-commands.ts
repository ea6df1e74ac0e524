import type { Command } from 'commander';
import type { CleanOptions } from './clean.ts';
import type { DoctorOptions } from './doctor/doctor.ts';

const DOCTOR_HELP = `
Looks at versions, the native addon, every start method (with a real child), the kernel, and limits of this process and
its container. Each line is ok, a warning (it works, but something is scarce) or a PROBLEM, with what to do about it.

Exit codes: 0 everything works; 1 something does not.`;

const CLEAN_HELP = `
Removes named shared memory whose program is gone, and sockets on which nobody listens any more, also of other versions of
manycore. What is in use, or belongs to another user, is left alone.

Exit codes: 0 done; 1 something could not be removed.`;

/** Adds `manycore doctor` and `manycore clean`. */
export function addCareCommands(program: Command, exit: (code: number) => void): void {
  program
    .command('doctor')
    .summary('say what works on this machine, and what to do about the rest')
    .description('Says what of manycore works on this machine, and what to do about the rest.')
    .option('--json', 'write an object with the verdict and all findings')
    .addHelpText('after', DOCTOR_HELP)
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = await import('./doctor/doctor.ts');
      exit(await runDoctor(program.version() ?? 'unknown', options));
    });
  program
    .command('clean')
    .summary('remove what programs that crashed have left behind')
    .description('Removes what programs that crashed have left behind.')
    .option('-n, --dry-run', 'only say what would be removed')
    .option('--untracked', 'also shared memory that was made with `track: false`, when nobody uses it')
    .option('--json', 'write an array of what was found')
    .addHelpText('after', CLEAN_HELP)
    .action(async (options: CleanOptions) => {
      const { runClean } = await import('./clean.ts');
      exit(await runClean(options));
    });
}
