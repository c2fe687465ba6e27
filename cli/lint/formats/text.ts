/** Text: for people, in the form the guides show. */
import type { Finding } from '../../../lib/domain/finding.ts';
import { clean } from '../../clean.ts';
import type { Style } from '../../output.ts';
import { counted, findingsOf, type LintedFile, type LintResult } from '../lint-result.ts';

type Paint = (style: Style, text: string) => string;

export function text(results: readonly LintResult[], { paint }: { paint: Paint }): string {
  const blocks = results.map((result) => {
    if (result.kind === 'unreadable')
      return `${paint('red', 'cannot read')} ${clean(result.file)}: ${result.why}\n`;
    const findings = findingsOf(result).map((finding) => findingText(result.file, finding, paint));
    return [...findings, verdict(result, paint)].join('\n');
  });
  const closing = results.length > 1 ? [total(results)] : [];
  return [...blocks, ...closing].join('\n');
}

/**
 * The path comes first after the arrow, as documented; where that is in the file follows it. A finding about the
 * document as a whole has no path.
 */
function findingText(
  file: string,
  { severity, code, path, line, column, message, suggestion }: Finding,
  paint: Paint,
) {
  const heading = paint(severity === 'error' ? 'red' : 'yellow', `${severity}[${code}]`);
  const place = `${clean(file)}:${line}:${column}`;
  const where = path === '' ? place : `${clean(path)} (${place})`;
  const help = suggestion === '' ? '' : `  help: ${clean(suggestion)}\n`;
  return `${heading}: ${clean(message)}\n  --> ${where}\n${help}`;
}

function verdict({ file, document, errors, warnings }: LintedFile, paint: Paint): string {
  const name = clean(file);
  if (!document) return `${name}: ${paint('red', 'invalid')}, ${counts(errors.length, warnings.length)}\n`;
  const { pack, chain } = document;
  const more = warnings.length > 0 ? `, ${counted(warnings.length, 'warning')}` : '';
  return [
    `${name}: ${paint('green', 'valid')}${more}`,
    `  pack: ${clean(pack.name)} ${pack.version}`,
    `  chain: ${chain.map(clean).join(' → ')}`,
    `  ${counted(chain.length, 'policy', 'policies')} validated`,
    '',
  ].join('\n');
}

function counts(errors: number, warnings: number): string {
  return [counted(errors, 'error'), ...(warnings > 0 ? [counted(warnings, 'warning')] : [])].join(', ');
}

function total(results: readonly LintResult[]): string {
  const linted = results.filter((result) => result.kind === 'linted');
  const invalid = linted.filter(({ valid }) => !valid).length;
  const unreadable = results.length - linted.length;
  const parts = [
    `${linted.length - invalid} valid`,
    ...(invalid > 0 ? [`${invalid} invalid`] : []),
    ...(unreadable > 0 ? [`${unreadable} not read`] : []),
  ];
  return `${counted(results.length, 'file')}: ${parts.join(', ')}\n`;
}
