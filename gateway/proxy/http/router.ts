/** The router: which of the gateway's own paths is asked for, and by which method. */

export type Method = 'GET' | 'POST';

export type Match<T> =
  | { readonly kind: 'found'; readonly route: T }
  | { readonly kind: 'wrong_method'; readonly allow: string }
  | { readonly kind: 'unknown' };

export type Routes<T> = Readonly<Record<string, Partial<Record<Method, T>>>>;

/** `HEAD` is `GET` without the body, which Node leaves out. */
export function match<T>(routes: Routes<T>, method: string | undefined, url: string | undefined): Match<T> {
  const path = (url ?? '').split('?', 1)[0] ?? '';
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!methods) return { kind: 'unknown' };
  const asked = method === 'HEAD' ? 'GET' : method;
  const route = asked === 'GET' || asked === 'POST' ? methods[asked] : undefined;
  return route ? { kind: 'found', route } : { kind: 'wrong_method', allow: Object.keys(methods).join(', ') };
}
