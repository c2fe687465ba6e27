/** Summarize: the line a new version is stored with, which says what it does to what was there before. */
import type { VersionRef } from '../domain/version.ts';
import { diffDocuments } from '../policy/diff/diff-documents.ts';
import type { Versions } from '../ports.ts';

/** `before` is null for the first version of a configuration. */
export async function summarize(
  content: Uint8Array,
  before: VersionRef | null,
  versions: Pick<Versions, 'content'>,
): Promise<string> {
  if (before === null) return diffDocuments(null, content).summary;
  const earlier = await earlierContent(before, versions);
  return earlier ? diffDocuments(earlier, content).summary : 'content changed';
}

/** What was stored may be gone or damaged: that must not keep what comes after it from being published. */
async function earlierContent(
  { contentHash }: VersionRef,
  versions: Pick<Versions, 'content'>,
): Promise<Uint8Array | null> {
  try {
    return await versions.content(contentHash);
  } catch {
    return null;
  }
}
