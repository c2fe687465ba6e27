/** GitHub: workflow commands, which a job's log turns into annotations at the line. */
import type { LintResult } from '../lint-result.ts';
import { findingsOf } from '../lint-result.ts';
import { placeOf } from './places.ts';

export function github(results: readonly LintResult[], { cwd }: { cwd: string }): string {
  return results
    .flatMap((result) => {
      const file = placeOf(result.file, cwd);
      if (result.kind === 'unreadable')
        return command(
          'error',
          { file, title: 'cannot be read' },
          `${result.file} cannot be read: ${result.why}`,
        );
      return findingsOf(result).map(({ severity, code, path, line, column, message, suggestion }) => {
        const title = path === '' ? code : `${code} ${path}`;
        const text = suggestion === '' ? message : `${message}\nhelp: ${suggestion}`;
        return command(severity, { file, line, col: column, title }, text);
      });
    })
    .join('');
}

type Properties = Readonly<Record<string, string | number>>;

function command(name: 'error' | 'warning', properties: Properties, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name} ${list.join(',')}::${escapeData(message)}\n`;
}

/** As the runner decodes it: actions/toolkit, `packages/core/src/command.ts`. */
function escapeData(text: string): string {
  return text.toWellFormed().replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
