/** Lint: one document, from wherever it is read. */
import { type CheckedDocument, checkDocument } from '../../lib/policy/check-document.ts';
import { MAX_DOCUMENT_BYTES } from '../../lib/policy/parse-tree.ts';
import { STDIN } from './find-documents.ts';
import type { LintedFile, LintResult } from './lint-result.ts';
import { type BoundedRead, readBounded, readStream } from './read-bounded.ts';

interface LintOptions {
  /** A kind in the chain without a block is an error. */
  readonly strict: boolean;
  readonly stdin: AsyncIterable<unknown>;
  /** What standard input is called. */
  readonly stdinName: string;
}

export async function lintFile(path: string, options: LintOptions): Promise<LintResult> {
  const file = path === STDIN ? options.stdinName : path;
  const read = await readDocument(path, options.stdin);
  return read.kind === 'unreadable' ? { ...read, file } : lintBytes(file, read.bytes, options.strict);
}

/** A file, or standard input for `-`: never more of it than tells that it is too large. */
export function readDocument(path: string, stdin: AsyncIterable<unknown>): Promise<BoundedRead> {
  return path === STDIN ? readStream(stdin, MAX_DOCUMENT_BYTES) : readBounded(path, MAX_DOCUMENT_BYTES);
}

export function lintBytes(file: string, bytes: Uint8Array, strict = false): LintedFile {
  const check = checkDocument(bytes, { strict });
  const findings = check.kind === 'valid' ? check.warnings : check.findings;
  return {
    kind: 'linted',
    file,
    valid: check.kind === 'valid',
    errors: findings.filter(({ severity }) => severity === 'error'),
    warnings: findings.filter(({ severity }) => severity === 'warning'),
    document: check.kind === 'valid' ? documentOf(check.document) : null,
  };
}

function documentOf({ pack: { id, name, version }, chain }: CheckedDocument): LintedFile['document'] {
  return { pack: { id, name, version }, chain };
}
