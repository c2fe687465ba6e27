/** The formats of lint results, by name. */
import type { Style } from '../../output.ts';
import type { LintResult } from '../lint-result.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { sarif } from './sarif.ts';
import { text } from './text.ts';

interface FormatContext {
  /** Whether more than one file was asked for. */
  readonly several: boolean;
  readonly paint: (style: Style, text: string) => string;
  readonly cwd: string;
}

export const FORMATS = { text, json, github, gitlab, sarif, junit } as const satisfies Record<
  string,
  (results: readonly LintResult[], context: FormatContext) => string
>;
export type Format = keyof typeof FORMATS;
