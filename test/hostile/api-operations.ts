/** Operations of the OpenAPI document as it is served. */
import fc from 'fast-check';
import type { Api, Json } from '../support/api-over.ts';

export interface Operation {
  /** `GET /v1/git-repos/{id}` */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly described: Json;
  /** Of an answer that went well. */
  readonly status: number;
}

export async function operationsOf(api: Api): Promise<{ operations: readonly Operation[]; document: Json }> {
  const document = (await api.call('GET', '/openapi.json', { token: null })).json;
  const operations = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([verb, described]) => {
      const method = verb.toUpperCase();
      const [status = ''] = Object.keys(described.responses).filter((name) => name !== 'default');
      const name = `${method} ${path}`;
      // The last: a counterexample is read by people.
      return { name, method, path, described, status: Number(status), [fc.toStringMethod]: () => name };
    }),
  );
  return { operations, document };
}

/** The path with `ids` in place of its braces. */
export function filled(path: string, ids: readonly string[]): string {
  let next = 0;
  return path.replaceAll(/\{\w+\}/g, () => ids[next++] ?? '1');
}
