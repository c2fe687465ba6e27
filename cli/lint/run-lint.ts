/** `kt policy lint`: check documents, and say it the way the reader wants it. */
import { statSync } from 'node:fs';
import type { Call } from '../action.ts';
import { clean } from '../clean.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { usage } from '../failure.ts';
import { DEFAULT_DOCUMENT, type Found, findDocuments, mayBeSeveral } from './find-documents.ts';
import { FORMATS, type Format } from './formats/formats.ts';
import { lintFile } from './lint.ts';
import { counted, type LintResult } from './lint-result.ts';

export interface LintCommandOptions {
  readonly file: readonly string[];
  readonly format?: Format;
  readonly json: boolean;
  readonly strict: boolean;
  readonly all: boolean;
  readonly stdinName: string;
}

export async function runLint({ args, options, output, cwd }: Call<LintCommandOptions>): Promise<ExitCode> {
  const format = formatAsked(options);
  const operands = operandsAsked([...options.file, ...args.flat()]);
  const found = await findDocuments(operands, options);
  if (found.files.length === 0) throw nothingFound(found);
  const results: LintResult[] = [];
  for (const file of found.files) results.push(await lintFile(file, { ...options, stdin: process.stdin }));
  const formatted = await FORMATS[format]();
  output.raw(formatted(results, { several: isSeveral(operands), paint: output.paint, cwd }));
  if (found.passedOver.length > 0)
    output.note(
      `passed over ${counted(found.passedOver.length, 'YAML file')} that ${found.passedOver.length === 1 ? 'is no policy document' : 'are no policy documents'}; with --all they count`,
    );
  for (const { operand, why } of found.problems) output.note(`kt policy lint: ${clean(operand)}: ${why}`);
  return exitOf(results, found);
}

/** A file that could not be looked at leaves the question open, whatever is known about the others. */
function exitOf(results: readonly LintResult[], { problems }: Found): ExitCode {
  if (problems.length > 0 || results.some(({ kind }) => kind === 'unreadable')) return EXIT.unknown;
  return results.every((result) => result.kind === 'linted' && result.valid) ? EXIT.ok : EXIT.no;
}

function formatAsked({ format, json }: LintCommandOptions): Format {
  if (json && format !== undefined && format !== 'json')
    throw usage(`--json and --format ${format} ask for different forms; give one of them`);
  return format ?? (json ? 'json' : 'text');
}

function operandsAsked(given: readonly (string | undefined)[]): readonly string[] {
  const operands = given.filter((operand) => operand !== undefined);
  if (operands.length > 0) return operands;
  if (statSync(DEFAULT_DOCUMENT, { throwIfNoEntry: false })) return [DEFAULT_DOCUMENT];
  throw usage(
    `which file? There is no ${DEFAULT_DOCUMENT} here`,
    'Name files, directories or patterns, or - for standard input.',
  );
}

/** What was asked for decides, and not how many there happened to be: who reads the answer must know its shape. */
function isSeveral(operands: readonly string[]): boolean {
  return operands.length > 1 || operands.some(mayBeSeveral);
}

function nothingFound({ problems }: Found) {
  const [first, ...more] = problems.map(({ operand, why }) => `${clean(operand)}: ${why}`);
  return usage(first ?? 'no file', ...more);
}
