/** The API over HTTP: bounded in time and size, asked again where that is safe, and its answers typed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { ApiFailure, type Asked, failureOf, whereAt } from './api-failure.ts';
import { type Exchanged, exchange } from './exchange.ts';
import { type Ending, waitBefore } from './retry.ts';
import { VERSION } from './version.ts';

interface ApiSettings extends Asked {
  readonly token: string | null;
  readonly timeoutMs: number;
}

export interface Answer<T> {
  readonly value: T;
  /** As it came, for `--json`. */
  readonly raw: unknown;
  readonly headers: Headers;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

interface Asking {
  readonly body?: unknown;
  /** Of a POST: sent twice, it does what it does once. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal;
}

export interface Query {
  readonly [name: string]: string | number | undefined;
}

export interface Api {
  readonly settings: ApiSettings;
  /** Every method but `ask` throws an `ApiFailure` for an answer that is not a success. */
  call<T>(method: Method, path: string, shape: z.ZodType<T>, asking?: Asking): Promise<Answer<T>>;
  /** For what answers nothing. */
  tell(method: Method, path: string, asking?: Asking): Promise<void>;
  /** The exact bytes. */
  bytes(path: string): Promise<Uint8Array>;
  /** Page after page, as the answers' `Link` headers lead. */
  pages<T>(path: string, query: Query, shape: z.ZodType<T>, signal?: AbortSignal): AsyncGenerator<Answer<T>>;
}

export function apiClient(settings: ApiSettings): Api {
  const { url, token, timeoutMs } = settings;

  async function send(method: Method, path: string, asking: Asking = {}): Promise<Exchanged> {
    const { body } = asking;
    const repeatable = method === 'GET' || method === 'DELETE' || asking.repeatable === true;
    const headers = {
      accept: 'application/json',
      'user-agent': `kt/${VERSION}`,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const request = {
      method,
      url: url + path,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      timeoutMs,
      signal: asking.signal ?? null,
    };
    for (let number = 0; ; number++) {
      const result = await exchange(request, settings);
      // An earlier attempt broke after it had been carried out: what was to go is gone.
      if (number > 0 && method === 'DELETE' && result.kind === 'answered' && result.status === 404)
        return { ...result, status: 204, bytes: new Uint8Array() };
      const pause = waitBefore({ number, repeatable }, endingOf(result), Math.random, new Date());
      if (pause === null) return result;
      await sleep(pause, null, asking.signal ? { signal: asking.signal } : {});
    }
  }

  async function answered(method: Method, path: string, asking?: Asking) {
    const result = await send(method, path, asking);
    if (result.kind !== 'answered') throw result.failure;
    if (result.status >= 200 && result.status < 300) return result;
    const text = Buffer.from(result.bytes).toString('utf8');
    throw failureOf(method, result.status, text, result.headers, settings);
  }

  async function call<T>(
    method: Method,
    path: string,
    shape: z.ZodType<T>,
    asking?: Asking,
  ): Promise<Answer<T>> {
    const { bytes, headers } = await answered(method, path, asking);
    const raw = parseJson(bytes, `${method} ${path}`, settings);
    const parsed = shape.safeParse(raw);
    if (parsed.success) return { value: parsed.data, raw, headers };
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the whole';
    throw strange(
      `${method} ${path} was answered in a way this kt does not understand (${where}: ${issue?.message})`,
      settings,
    );
  }

  return {
    settings,
    call,
    async tell(method, path, asking) {
      await answered(method, path, asking);
    },
    async bytes(path) {
      return (await answered('GET', path)).bytes;
    },
    async *pages(path, query, shape, signal) {
      let search: string | null = searchOf(query);
      const seen = new Set<string>();
      while (search !== null) {
        if (seen.has(search)) throw strange(`${path}: the next page is one that was there before`, settings);
        seen.add(search);
        const answer: Answer<z.output<typeof shape>> = await call(
          'GET',
          path + search,
          shape,
          signal ? { signal } : {},
        );
        yield answer;
        search = nextSearch(answer.headers.get('link'));
      }
    },
  };
}

function endingOf(result: Exchanged): Ending {
  if (result.kind !== 'answered') return { kind: result.kind === 'not sent' ? 'not sent' : 'broken' };
  return { kind: 'answered', status: result.status, retryAfter: result.headers.get('retry-after') };
}

function parseJson(bytes: Uint8Array, what: string, asked: Asked): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw strange(`${what} was not answered with JSON`, asked);
  }
}

const strange = (message: string, asked: Asked) =>
  new ApiFailure('strange', message, { advice: [`${whereAt(asked)} Is that this API?`] });

export function searchOf(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}

/**
 * The question of the next page (RFC 8288). Of the link only this is taken: the API may call itself by another name
 * than we do, and the token must not follow a link elsewhere.
 */
function nextSearch(link: string | null): string | null {
  for (const [, target, parameters] of (link ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[^,<]*)?)/g)) {
    if (target !== undefined && /;\s*rel="?next"?/i.test(parameters ?? ''))
      return URL.parse(target, 'http://next.invalid/')?.search || null;
  }
  return null;
}
