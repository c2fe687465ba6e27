/** The formats of lint results, by name. Each is loaded when it is asked for: most runs want one, at once. */
import type { Style } from '../../output.ts';
import type { LintResult } from '../lint-result.ts';

interface FormatContext {
  /** Whether more than one file was asked for. */
  readonly several: boolean;
  readonly paint: (style: Style, text: string) => string;
  readonly cwd: string;
}

type Formatter = (results: readonly LintResult[], context: FormatContext) => string;

export const FORMATS = {
  text: async () => (await import('./text.ts')).text,
  json: async () => (await import('./json.ts')).json,
  github: async () => (await import('./github.ts')).github,
  gitlab: async () => (await import('./gitlab.ts')).gitlab,
  sarif: async () => (await import('./sarif.ts')).sarif,
  junit: async () => (await import('./junit.ts')).junit,
} as const satisfies Record<string, () => Promise<Formatter>>;
export type Format = keyof typeof FORMATS;
