/** Connection: requests to one repository's host, with its credential and within one operation's deadline. */
import { Fault } from '../domain/fault.ts';
import type { Repository } from '../domain/git.ts';
import type { Bounds } from './bounds.ts';
import { cleanText } from './clean-text.ts';
import { bearerHeader, credentialHeader, secretForms, wantsBearer } from './credential.ts';
import type { Answer, HttpClient } from './http.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { Refusal } from './trouble.ts';

export interface Connection {
  readonly bounds: Bounds;
  /** Posts to `git-upload-pack` and returns the body of a good answer; throws the fault of any other. */
  post(base: URL, body: Buffer, limit: number): Promise<AsyncIterable<Buffer>>;
  /** What the server said, without control characters and without our secrets. */
  refusal(host: string, words: string): Fault;
}

/** The web's: one request after another over whatever connections are kept. */
export interface HttpConnection extends Connection {
  get(url: URL): Promise<Answer>;
}

/** Forgotten all at once beyond this: each costs one more request to learn again. */
const MOST_BEARER_ORIGINS = 1000;

const AGENT = 'git/kt-gitops';

/** `bearerOrigins` collects, over all connections, the hosts that turned out to want a bearer token. */
export function connect(
  repository: Repository,
  client: HttpClient,
  bounds: Bounds,
  bearerOrigins: Set<string>,
): HttpConnection {
  const home = new URL(repository.url);
  const secrets = secretForms(repository);
  const operation = AbortSignal.timeout(bounds.totalMs);
  const signal = () => AbortSignal.any([operation, AbortSignal.timeout(bounds.requestMs)]);
  const authorizationFor = (url: URL): string | null => {
    if (!mayHoldCredential(home, url)) return null;
    return bearerOrigins.has(url.origin) ? bearerHeader(repository) : credentialHeader(repository);
  };
  const headers = (url: URL): Record<string, string> => {
    const authorization = authorizationFor(url);
    return {
      'user-agent': AGENT,
      'git-protocol': 'version=2',
      'accept-encoding': 'identity',
      ...(authorization ? { authorization } : {}),
    };
  };
  return {
    bounds,
    refusal: (host, words) => new Refusal(host, cleanText(words, secrets) || 'without a reason'),
    get: async (url) => {
      const limit = bounds.advertisementBytes;
      const ask = () => client.send({ method: 'GET', url, headers: headers(url), signal: signal(), limit });
      const answer = await ask();
      const basicRefused =
        answer.status === 401 && !bearerOrigins.has(url.origin) && authorizationFor(url) !== null;
      if (!basicRefused || !wantsBearer(answer.headers['www-authenticate'])) return answer;
      answer.discard();
      if (bearerOrigins.size >= MOST_BEARER_ORIGINS) bearerOrigins.clear();
      bearerOrigins.add(url.origin);
      return ask();
    },
    post: async (base, body, limit) => {
      const url = new URL(`${base.href}/git-upload-pack`);
      const answer = await client.send({
        method: 'POST',
        url,
        headers: {
          ...headers(url),
          'content-type': 'application/x-git-upload-pack-request',
          accept: 'application/x-git-upload-pack-result',
        },
        body,
        signal: signal(),
        limit,
      });
      const type = answer.headers['content-type'] ?? '';
      if (answer.status === 200 && type.startsWith('application/x-git-upload-pack-result'))
        return answer.body;
      answer.discard();
      throw refusedStatus(answer, url.host);
    },
  };
}

/** The host it was given for, or the same host's encrypted port: never another one (CVE-2022-27774). */
function mayHoldCredential(home: URL, url: URL): boolean {
  const upgraded =
    home.protocol === 'http:' && url.protocol === 'https:' && home.port === '' && url.port === '';
  return url.origin === home.origin || (upgraded && url.hostname === home.hostname);
}

const NO_ACCESS = 'no such repository or no access';

/** What an answer other than the expected one means. The body is not shown: it is a page, or worse. */
export function refusedStatus(answer: Pick<Answer, 'status' | 'headers'>, host: string): Fault {
  const { status } = answer;
  const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
  if (status === 429 || (status === 403 && retryAfter !== null)) {
    return new Fault('rate_limited', `${host} limits how often it may be asked`, { retryAfter });
  }
  if (status === 401 || status === 403) return new Fault('auth', `${host} answered ${status}: ${NO_ACCESS}`);
  if (status === 404 || status === 410)
    return new Fault('not_found', `${host} answered ${status}: ${NO_ACCESS}`);
  // A sign-in page where git was asked for: Azure DevOps answers 203, others redirect to theirs.
  if (status === 203) return new Fault('auth', `${host} answered with a sign-in page: ${NO_ACCESS}`);
  if (status >= 500 || status === 408) {
    return new Fault('network', `${host} answered ${status}`, { retryAfter });
  }
  if (status >= 300 && status < 400) return new Fault('network', `${host} moved the repository`);
  if (status === 200)
    return new Fault('not_found', `${host} answered with a page that is not git’s: ${NO_ACCESS}`);
  return new Refusal(host, `it answered ${status}`);
}
