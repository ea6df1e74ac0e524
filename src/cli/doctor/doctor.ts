import { EXIT } from '../exit.ts';
import { addonFindings } from './addon.ts';
import { type Finding, SECTIONS, type Verdict } from './finding.ts';
import { limitFindings } from './limits.ts';
import { methodFindings } from './methods.ts';
import { versionFindings } from './versions.ts';

export interface DoctorOptions {
  readonly json?: boolean;
}

const MARKS: Readonly<Record<Verdict, string>> = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' };
const NAME_WIDTH = 18;

/**
 * `manycore doctor`: looks at everything that the library needs here, with real children.
 *
 * @returns The exit code: 0 when all works, 1 when something does not; what is only scarce changes nothing.
 */
export async function runDoctor(version: string, { json = false }: DoctorOptions): Promise<number> {
  const findings = [...versionFindings(version), ...addonFindings(), ...(await methodFindings()), ...limitFindings()];
  const worst = verdictOf(findings);
  process.stdout.write(json ? `${JSON.stringify({ verdict: worst, findings }, undefined, 2)}\n` : asText(findings));
  return worst === 'problem' ? EXIT.failed : EXIT.ok;
}

function verdictOf(findings: readonly Finding[]): Verdict {
  const verdicts = findings.map(({ verdict }) => verdict);
  return verdicts.find((one) => one === 'problem') ?? verdicts.find((one) => one === 'warning') ?? 'ok';
}

function asText(findings: readonly Finding[]): string {
  const lines: string[] = [];
  for (const section of SECTIONS) {
    const own = findings.filter((finding) => finding.section === section);
    if (own.length > 0) lines.push(`${section[0]?.toUpperCase()}${section.slice(1)}`, ...own.flatMap(linesOf), '');
  }
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  lines.push(problems + warnings === 0 ? 'All is well.' : `${problems} problem(s), ${warnings} warning(s).`);
  return `${lines.join('\n')}\n`;
}

function linesOf({ verdict, name, value, advice }: Finding): string[] {
  const line = `  ${MARKS[verdict]}  ${name.padEnd(NAME_WIDTH)}  ${value}`;
  return advice === undefined ? [line] : [line, `${' '.repeat(13 + NAME_WIDTH)}→ ${advice}`];
}
