/** `cors`: which pages of a browser may read what a gateway answers (Fetch standard, section 3.2). */
import type { Sections } from '../engine/sections.ts';

type Headers = Readonly<Record<string, string>>;

export interface Cors {
  /** Of every answer to a request with this `Origin`. */
  headers(origin: string | undefined): Headers;
  /** Of the answer to `OPTIONS` with `Access-Control-Request-Method`, which is 204; null when it is no such request. */
  preflight(request: ReadonlyMap<string, string>): Headers | null;
}

/** What a client of the API needs. A section that does not say so itself has these. */
const METHODS: readonly string[] = ['GET', 'POST'];
const HEADERS: readonly string[] = ['authorization', 'content-type'];
const ANY = '*';

/** Without a section, or with one that is switched off, no page may read anything. */
export function corsOf(section: Sections['cors']): Cors {
  if (!section || section.enabled === false) return { headers: () => ({}), preflight: () => null };
  const { allow_origins: origins = [], allow_methods: methods = METHODS } = section;
  const { allow_headers: allowed = HEADERS, expose_headers: exposed = [] } = section;
  const allowing = (origin: string | undefined): Headers | null => {
    if (origin === undefined) return null;
    // Any page with the user's credentials: what `*` must not mean, so it goes without them.
    if (origins.includes(ANY)) return { 'access-control-allow-origin': ANY };
    if (!origins.some((each) => sameOrigin(each, origin))) return null;
    const credentials = section.credentials ? { 'access-control-allow-credentials': 'true' } : {};
    return { 'access-control-allow-origin': origin, ...credentials };
  };
  const vary = origins.includes(ANY) ? {} : { vary: 'Origin' };
  return {
    headers(origin) {
      const allow = allowing(origin);
      const expose = exposed.length > 0 ? { 'access-control-expose-headers': exposed.join(', ') } : {};
      return allow ? { ...vary, ...allow, ...expose } : vary;
    },
    preflight(request) {
      const method = request.get('access-control-request-method');
      const origin = request.get('origin');
      if (method === undefined || origin === undefined) return null;
      const allow = allowing(origin);
      if (!allow) return vary;
      // With credentials `*` is a name like any other, so what was asked for is named.
      const asked = request.get('access-control-request-headers') ?? '';
      const age = section.max_age === undefined ? {} : { 'access-control-max-age': String(section.max_age) };
      return {
        ...vary,
        ...allow,
        'access-control-allow-methods': methods.includes(ANY) ? safe(method) : methods.join(', '),
        'access-control-allow-headers': allowed.includes(ANY) ? safe(asked) : allowed.join(', '),
        ...age,
      };
    },
  };
}

const sameOrigin = (allowed: string, origin: string) =>
  allowed.toLowerCase().replace(/\/$/, '') === origin.toLowerCase();

/** Names of methods and headers, and nothing else that a caller may have written. */
const safe = (names: string) =>
  names
    .slice(0, 2000)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
    .join(', ');
