/** ETags: whether what the caller has is current (RFC 9110 §13.1.2). */
import type { Reply } from './route.ts';

/** Kept by the caller alone, and used only after asking again. */
const REVALIDATE = 'private, no-cache';

/** The body, or 304 without asking for it when the caller has that state already. */
export async function unlessCurrent<T>(
  state: string,
  ifNoneMatch: string | null,
  body: () => Promise<T>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply<T | null>> {
  const tag = `"${state}"`;
  const about = { etag: tag, 'cache-control': REVALIDATE };
  if (ifNoneMatch !== null && matches(ifNoneMatch, tag)) return { status: 304, body: null, headers: about };
  return { body: await body(), headers: { ...headers, ...about } };
}

/** Our tags hold no comma, so a list may be split at commas; weak tags match too. */
function matches(header: string, tag: string): boolean {
  return header.split(',').some((given) => {
    const plain = given.trim().replace(/^W\//, '');
    return plain === '*' || plain === tag;
  });
}
