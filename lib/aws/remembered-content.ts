/** Remembered content: the documents that were asked for last. A hash names the same bytes for ever. */
import type { Versions } from '../ports.ts';

/** A document has at most 256 KiB: together they take 4 MiB. */
const MOST = 16;

/** When a version is announced, every gateway asks for the same document within the second. */
export function rememberingContent(versions: Versions): Versions {
  const remembered = new Map<string, Uint8Array>();
  return {
    ...versions,
    async content(contentHash) {
      const content = remembered.get(contentHash) ?? (await versions.content(contentHash));
      if (!content) return null;
      remembered.delete(contentHash);
      remembered.set(contentHash, content);
      const [oldest] = remembered.keys();
      if (remembered.size > MOST && oldest !== undefined) remembered.delete(oldest);
      return content;
    },
  };
}
