/** Which route a request takes: the most specific one, as API Gateway chooses. */

export interface Selected<R> {
  readonly route: R;
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
}

interface Pattern<R> {
  readonly route: R;
  readonly method: string;
  readonly segments: readonly string[];
}

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html: a full match of method and
 * path, then a greedy path variable, then `$default`; a literal segment beats a variable, a method beats ANY.
 */
export function routeSelector<R extends { readonly key: string }>(
  routes: readonly R[],
): (method: string, path: string) => Selected<R> | undefined {
  const fallback = routes.find(({ key }) => key === '$default');
  const patterns = routes.filter((route) => route !== fallback).map(toPattern);
  patterns.sort(bySpecificity);
  return (method, path) => {
    const given = path.split('/').slice(1);
    for (const { route, method: wanted, segments } of patterns) {
      if (wanted !== 'ANY' && wanted !== method) continue;
      const pathParameters = match(segments, given);
      if (pathParameters) {
        return { route, pathParameters: Object.keys(pathParameters).length > 0 ? pathParameters : undefined };
      }
    }
    return fallback && { route: fallback, pathParameters: undefined };
  };
}

function toPattern<R extends { readonly key: string }>(route: R): Pattern<R> {
  const [method = '', path = ''] = route.key.split(' ');
  if (!path.startsWith('/')) throw new Error(`${route.key} is not a route key`);
  return { route, method, segments: path.split('/').slice(1) };
}

/** Rank of a segment: literal, variable, greedy. */
function rank(segment: string | undefined): number {
  if (segment === undefined) return 0;
  return segment.endsWith('+}') ? 3 : segment.startsWith('{') ? 2 : 1;
}

function bySpecificity(a: Pattern<unknown>, b: Pattern<unknown>): number {
  for (let i = 0; i < Math.max(a.segments.length, b.segments.length); i++) {
    const difference = rank(a.segments[i]) - rank(b.segments[i]);
    if (difference !== 0) return difference;
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

function match(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const value = given[i];
    if (value === undefined) return undefined;
    if (segment.endsWith('+}')) {
      parameters[segment.slice(1, -2)] = given.slice(i).join('/');
      return value === '' ? undefined : parameters;
    }
    if (segment.startsWith('{') && value !== '') parameters[segment.slice(1, -1)] = value;
    else if (segment !== value) return undefined;
  }
  return segments.length === given.length ? parameters : undefined;
}
