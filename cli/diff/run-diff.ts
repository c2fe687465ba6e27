/** `kt policy diff`: what one document says differently from another, and what that does to enforcement. */
import { checkDocument } from '../../lib/policy/check-document.ts';
import type { Effect } from '../../lib/policy/diff/change.ts';
import { type DocumentDiff, diffDocuments } from '../../lib/policy/diff/diff-documents.ts';
import type { Call } from '../action.ts';
import { clean } from '../clean.ts';
import { printDiff } from '../diff-text.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure, usage } from '../failure.ts';
import { STDIN } from '../lint/find-documents.ts';
import { text } from '../lint/formats/text.ts';
import { lintBytes } from '../lint/lint.ts';
import { diffMarkdown } from './diff-markdown.ts';
import { type NamedDocument, readReference } from './references.ts';

export type FailOn = Effect | 'any';

export interface DiffOptions {
  readonly format?: 'text' | 'json' | 'markdown';
  readonly json: boolean;
  readonly failOn: readonly FailOn[];
}

export async function runDiff({ args, options, output, api }: Call<DiffOptions>): Promise<ExitCode> {
  const [from = '', to = ''] = args;
  const { json, failOn } = options;
  if (json && options.format !== undefined && options.format !== 'json')
    throw usage(`--json and --format ${options.format} ask for different forms; give one of them`);
  if (from === STDIN && to === STDIN) throw usage('standard input can be one of the two, not both');
  const places = { api, stdin: process.stdin };
  const before = await readReference(from, places);
  const after = await readReference(to, places);
  for (const document of [before, after]) requireReadable(document);
  const diff = diffDocuments(before.bytes, after.bytes);
  const identical = Buffer.compare(before.bytes, after.bytes) === 0;
  const format = options.format ?? (json ? 'json' : 'text');
  if (format === 'json') output.json({ from: before.name, to: after.name, identical, ...diff });
  else if (format === 'markdown') output.raw(diffMarkdown(diff, before.name, after.name));
  else printDiff(diff, output);
  if (format === 'text' && diff.changes.length === 0 && !identical)
    output.note('The bytes differ, as in comments or the order of keys.');
  return fails(diff, failOn) ? EXIT.no : EXIT.ok;
}

function fails({ changes }: DocumentDiff, failOn: readonly FailOn[]): boolean {
  return changes.some(({ effect }) => failOn.includes('any') || failOn.includes(effect));
}

/** What is no YAML that we take cannot be compared. What is merely not valid can. */
function requireReadable({ name, bytes }: NamedDocument): void {
  const check = checkDocument(bytes);
  if (check.kind === 'valid' || check.class === 'validation') return;
  const findings = text([lintBytes(name, bytes)], { paint: (_, words) => words });
  throw new Failure(EXIT.unknown, `${clean(name)} cannot be compared`, findings.trimEnd().split('\n'));
}
