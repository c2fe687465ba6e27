/** A listing from its first page to its last, as if the API had answered it in one. */
import * as z from 'zod';
import type { Api, Query } from './api-client.ts';

interface Listed<T, Raw> {
  readonly items: readonly T[];
  /** In the shape of the listing, for `--json`. */
  readonly raw: Raw;
}

/** For listings that are an array. */
export async function listArray<T>(
  api: Api,
  path: string,
  query: Query,
  item: z.ZodType<T>,
): Promise<Listed<T, readonly unknown[]>> {
  const items: T[] = [];
  const raw: unknown[] = [];
  for await (const page of api.pages(path, query, z.array(item))) {
    items.push(...page.value);
    raw.push(...(page.raw as unknown[]));
  }
  return { items, raw };
}

/** For listings that are `{"data": […]}`. */
export async function listData<T>(
  api: Api,
  path: string,
  query: Query,
  item: z.ZodType<T>,
): Promise<Listed<T, { readonly data: readonly unknown[] }>> {
  const items: T[] = [];
  const data: unknown[] = [];
  for await (const page of api.pages(path, query, z.object({ data: z.array(item) }))) {
    items.push(...page.value.data);
    data.push(...(page.raw as { data: unknown[] }).data);
  }
  return { items, raw: { data } };
}
