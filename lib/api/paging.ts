/** Paging: opaque cursors, and where the next page is (RFC 8288). */
import * as z from 'zod';
import type { Page } from '../ports.ts';
import { invalidField } from './errors.ts';

/** From an earlier answer, sent back as it came. */
export const cursor = z
  .string()
  .max(2048)
  .regex(/^[A-Za-z0-9_-]+$/, { error: 'is not a cursor of this API' })
  .optional()
  .describe('Where the page starts: the cursor of the page before, as it came.');

/** Asks for a page. A cursor from elsewhere can name a place outside the listing, which the database refuses. */
export async function pageAt<Listed>(
  at: string | undefined,
  list: (after: string | null) => Promise<Listed>,
): Promise<Listed> {
  try {
    return await list(at ?? null);
  } catch (error) {
    if (at !== undefined && error instanceof Error && error.name === 'ValidationException')
      throw invalidField('cursor', 'is not a cursor of this listing');
    throw error;
  }
}

/** Pages until one has something in it that is wanted: a filter must not make an end out of a gap. */
export async function pageOfWanted<T>(
  at: string | undefined,
  list: (after: string | null) => Promise<Page<T>>,
  wanted: (item: T) => boolean,
): Promise<Page<T>> {
  for (let after = at; ; ) {
    const page = await pageAt(after, list);
    const items = page.items.filter(wanted);
    if (items.length > 0 || page.next === null) return { items, next: page.next };
    after = page.next;
  }
}

/** `Link: <…>; rel="next"`: the same question, further on. No header at the end. */
export function nextLink(
  publicUrl: string,
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
  next: string | null,
): Record<string, string> {
  if (next === null) return {};
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, cursor: next })) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return { link: `<${publicUrl}${path}?${parameters}>; rel="next"` };
}
