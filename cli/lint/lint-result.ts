/** A lint result: what was found about one document, or why nothing could be. */
import type { Finding } from '../../lib/domain/finding.ts';

export type LintResult = LintedFile | UnreadableFile;

export interface LintedFile {
  readonly kind: 'linted';
  /** As it was named on the command line, or found. */
  readonly file: string;
  readonly valid: boolean;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Null when it is not valid. */
  readonly document: LintedDocument | null;
}

export interface LintedDocument {
  readonly pack: { readonly id: string | null; readonly name: string; readonly version: string };
  readonly chain: readonly string[];
}

interface UnreadableFile {
  readonly kind: 'unreadable';
  readonly file: string;
  readonly why: string;
}

/** All findings of one file, in file order. */
export function findingsOf({ errors, warnings }: LintedFile): readonly Finding[] {
  return [...errors, ...warnings].sort((a, b) => a.line - b.line || a.column - b.column);
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
