/** One request and its answer: within a time, up to a size, and never on to another origin. */
import { ApiFailure, type Asked, whereAt } from './api-failure.ts';
import { clean } from './clean.ts';

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | null;
}

export type Exchanged =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Headers;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'not sent' | 'broken'; readonly failure: ApiFailure };

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const MOST_REDIRECTS = 3;

/** Throws for what trying again cannot help; what it may help comes back as a value. */
export async function exchange(request: Request, asked: Asked): Promise<Exchanged> {
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
  try {
    const response = await follow(request, signal, asked);
    const bytes = await readBounded(response, asked);
    return { kind: 'answered', status: response.status, headers: response.headers, bytes };
  } catch (error) {
    if (error instanceof ApiFailure || request.signal?.aborted) throw error;
    if (timeout.aborted)
      return broken(`no answer within ${request.timeoutMs / 1000} s (--request-timeout)`, asked);
    return failedToConnect(error, asked);
  }
}

/** To the same origin only, and only questions: a token is for who was asked. */
async function follow(request: Request, signal: AbortSignal, asked: Asked): Promise<Response> {
  const { method, headers, body } = request;
  for (let url = request.url, hops = 0; ; hops++) {
    const response = await fetch(url, { method, headers, body, signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || response.status === 304 || location === null)
      return response;
    await response.body?.cancel();
    const next = URL.parse(location, url);
    const origin = next?.origin ?? 'nowhere';
    if (!next || origin !== new URL(url).origin)
      throw new ApiFailure('strange', `the API redirects to ${origin}; the token was not sent there`, {
        advice: [whereAt(asked)],
      });
    if (method !== 'GET' || hops >= MOST_REDIRECTS)
      throw new ApiFailure('strange', `the API redirects (${response.status}), and was not followed`, {
        advice: [whereAt(asked)],
      });
    url = next.href;
  }
}

async function readBounded(response: Response, asked: Asked): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw new ApiFailure('strange', `the answer is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`, {
        advice: [whereAt(asked)],
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const NOT_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
};

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/;
const NOT_TLS = /^(EPROTO|ERR_SSL_)/;

/** Throws for what is wrong with TLS, which no second try mends. */
function failedToConnect(error: unknown, asked: Asked): Exchanged {
  const { code, message } = causeOf(error);
  const advice = [
    `The URL comes from ${asked.urlSource}. Start the local stack with npm start, or give --api-url.`,
  ];
  if (NOT_TLS.test(code)) throw refused(`${asked.url} does not speak TLS (${code})`, [whereAt(asked)]);
  if (UNTRUSTED.test(code))
    throw refused(`the certificate of ${asked.url} is not to be trusted (${code})`, [
      'NODE_EXTRA_CA_CERTS names the file of a certificate authority of your own.',
    ]);
  const why = NOT_SENT[code];
  if (why === undefined) return broken(`the connection broke (${code || clean(message)})`, asked);
  return { kind: 'not sent', failure: refused(`cannot connect to ${asked.url}: ${why} (${code})`, advice) };
}

const refused = (message: string, advice: readonly string[]) =>
  new ApiFailure('refused', message, { advice });

/** What lies at the bottom. A connection that fails on every address is an error of several. */
function causeOf(error: unknown): { code: string; message: string } {
  let last = '';
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return { code: at.code, message: at.message };
    if (at instanceof AggregateError && at.errors.length > 0) return causeOf(at.errors[0]);
    last = at.message || at.name;
  }
  return { code: '', message: last };
}

const broken = (message: string, asked: Asked): Exchanged => ({
  kind: 'broken',
  failure: new ApiFailure('unavailable', message, { advice: [whereAt(asked)] }),
});
