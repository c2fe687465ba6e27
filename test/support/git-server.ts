/**
 * A real git host for tests: `git http-backend` behind `node:http` on 127.0.0.1, with what a host can do
 * wrong on demand. Nothing is left behind after `close()`: no folder, no process, no socket.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import { CLEAN_ENVIRONMENT, gitExecPath } from './git-command.ts';
import { type Files, initRepository, type Served, type TestRepository } from './git-repository.ts';

export type { CommitOptions, FileContent, Files, TestRepository, WorkClone } from './git-repository.ts';

export interface RepositoryOptions {
  /** A path such as `team/policies`; `.git` is not added. A unique one when absent. */
  readonly name?: string;
  /** The first commit on `main`; the repository stays empty when absent. */
  readonly files?: Files;
  readonly objectFormat?: 'sha1' | 'sha256';
  /** Added to, and winning over, what the large hosts allow: filters and wanting any object. */
  readonly config?: Readonly<Record<string, string>>;
  /** Who may read and push; everybody when absent. */
  readonly access?: Access;
}

export type Access =
  | { readonly kind: 'basic'; readonly username?: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

/** One request as the server saw it. `command` is `ls-refs` or `fetch` of protocol v2. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly repository: string | null;
  readonly command: string | null;
  readonly authorization: string | null;
  readonly body: Buffer;
  readonly port: number | undefined;
  /** Filled in as the answer goes out. */
  status: number;
  bytesOut: number;
}

/** Something a host does wrong, instead of or to the answer git would have given. */
export type Trouble =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Uint8Array;
    }
  | { readonly kind: 'redirect'; readonly status: number; readonly to: string }
  /** Answers nothing, ever. */
  | { readonly kind: 'hang' }
  /** Sends git's answer one byte at a time, `everyMs` apart: a slow-loris host. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** Closes the connection before any answer. */
  | { readonly kind: 'hang up' }
  /** Closes the connection after so many bytes of git's answer. */
  | { readonly kind: 'truncate'; readonly after: number }
  /** Compresses git's answer. */
  | { readonly kind: 'gzip' }
  /** Changes git's answer as a whole. */
  | { readonly kind: 'rewrite'; readonly body: (body: Buffer) => Buffer }
  /** Forgets the `Git-Protocol` header, as some reverse proxies do. */
  | { readonly kind: 'old protocol' };

export interface GitServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly LoggedRequest[];
  createRepository(options?: RepositoryOptions): Promise<TestRepository>;
  /** Causes trouble for the requests that match (all when absent), at most `times` times; the latest wins. */
  inject(trouble: Trouble, when?: (request: LoggedRequest) => boolean, times?: number): void;
  /** Stops all trouble and forgets the requests so far. */
  calm(): void;
  close(): Promise<void>;
}

interface Hosted {
  readonly served: Served;
  readonly access: Access | undefined;
}

interface Planned {
  readonly trouble: Trouble;
  readonly when: (request: LoggedRequest) => boolean;
  left: number;
}

/** As the large hosts are set up, and open for pushes. */
export const HOST_CONFIG: Readonly<Record<string, string>> = {
  'uploadpack.allowFilter': 'true',
  'uploadpack.allowAnySHA1InWant': 'true',
  'http.receivepack': 'true',
  'gc.auto': '0',
};

export async function startGitServer(): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'kt-git-'));
  const backend = join(await gitExecPath(), 'git-http-backend');
  const hosted = new Map<string, Hosted>();
  const requests: LoggedRequest[] = [];
  const children = new Set<ChildProcess>();
  let planned: Planned[] = [];

  const server = createServer((request, response) => {
    response.on('error', () => {}); // the client went away
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const logged = await log(request, hosted);
    requests.push(logged);
    response.on('close', () => {
      logged.status = response.statusCode;
    });
    const trouble = planned.find((plan) => plan.left > 0 && plan.when(logged));
    if (trouble) trouble.left -= 1;
    if (trouble && replaces(trouble.trouble, request, response)) return;
    const repository = hosted.get(logged.repository ?? '');
    if (!repository) return reply(response, 404, 'Repository not found');
    if (!admits(repository.access, logged.authorization)) {
      const scheme = repository.access?.kind === 'bearer' ? 'Bearer' : 'Basic';
      return reply(response, 401, 'Authentication required', { 'www-authenticate': `${scheme} realm="git"` });
    }
    runBackend(request, response, logged, repository, trouble?.trouble);
  }

  function runBackend(
    request: IncomingMessage,
    response: ServerResponse,
    logged: LoggedRequest,
    repository: Hosted,
    trouble: Trouble | undefined,
  ): void {
    const env = cgiEnvironment(request, logged, repository.served.current, trouble?.kind === 'old protocol');
    const child = spawn(backend, [], { env });
    children.add(child);
    child.once('close', () => children.delete(child));
    child.once('error', () => response.destroy());
    response.once('close', () => child.kill());
    child.stdin.on('error', () => {});
    child.stdin.end(logged.body);
    relay(child, response, logged, trouble);
  }

  return {
    url,
    requests,
    createRepository: async (options = {}) => {
      const name = options.name ?? `repository-${hosted.size + 1}.git`;
      const dir = join(root, 'repositories', name);
      await mkdir(dirname(dir), { recursive: true });
      const served = { current: dir };
      hosted.set(name, { served, access: options.access });
      const encoded = name.split('/').map(encodeURIComponent).join('/');
      const repository = await initRepository(
        { name, dir, url: `${url}/${encoded}`, clones: join(root, 'clones') },
        { ...options, config: { ...HOST_CONFIG, ...options.config } },
        served,
      );
      if (options.files) await repository.commit(options.files);
      return repository;
    },
    inject: (trouble, when = () => true, times = Number.POSITIVE_INFINITY) => {
      planned.unshift({ trouble, when, left: times });
    },
    calm: () => {
      planned = [];
      requests.length = 0;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await Promise.all([...children].map(ended));
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Bodies are kept whole: what a client asked for is what most tests want to know. */
async function log(request: IncomingMessage, hosted: ReadonlyMap<string, Hosted>): Promise<LoggedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const name = decodeURIComponent(path).slice(1);
  const repository = [...hosted.keys()].find((known) => name === known || name.startsWith(`${known}/`));
  return {
    method: request.method ?? '',
    path,
    query,
    repository: repository ?? null,
    command: /^....command=([a-z-]+)/.exec(body.toString('latin1', 0, 40))?.[1] ?? null,
    authorization: request.headers.authorization ?? null,
    body,
    port: request.socket.remotePort,
    status: 0,
    bytesOut: 0,
  };
}

function admits(access: Access | undefined, authorization: string | null): boolean {
  if (!access) return true;
  if (access.kind === 'bearer') return authorization === `Bearer ${access.token}`;
  const given = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
  const colon = given.indexOf(':');
  const userFits = access.username === undefined || access.username === given.slice(0, colon);
  return colon >= 0 && userFits && given.slice(colon + 1) === access.password;
}

/** Trouble that needs no git: true when the request is dealt with. */
function replaces(trouble: Trouble, request: IncomingMessage, response: ServerResponse): boolean {
  switch (trouble.kind) {
    case 'answer':
      response.writeHead(trouble.status, trouble.headers).end(trouble.body ?? '');
      return true;
    case 'redirect':
      response.writeHead(trouble.status, { location: trouble.to }).end();
      return true;
    case 'hang':
      return true;
    case 'hang up':
      request.socket.destroy();
      return true;
    default:
      return false;
  }
}

function reply(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(`${text}\n`);
}

function cgiEnvironment(
  request: IncomingMessage,
  logged: LoggedRequest,
  dir: string,
  oldProtocol: boolean,
): Record<string, string> {
  const header = (name: string) => String(request.headers[name] ?? '');
  const inside = decodeURIComponent(logged.path).slice(1 + (logged.repository ?? '').length);
  const encoding = header('content-encoding');
  return {
    ...CLEAN_ENVIRONMENT,
    GIT_PROJECT_ROOT: dirname(dir),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `${dir.slice(dirname(dir).length)}${inside}`,
    QUERY_STRING: logged.query,
    REQUEST_METHOD: logged.method,
    CONTENT_TYPE: header('content-type'),
    CONTENT_LENGTH: String(logged.body.length),
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_USER: logged.authorization ? 'somebody' : '',
    ...(encoding ? { HTTP_CONTENT_ENCODING: encoding } : {}),
    ...(oldProtocol ? {} : { GIT_PROTOCOL: header('git-protocol') }),
  };
}

/** CGI headers become the HTTP head; the body is streamed as it comes. */
function relay(
  child: ChildProcess,
  response: ServerResponse,
  logged: LoggedRequest,
  trouble?: Trouble,
): void {
  let head: Buffer | null = Buffer.alloc(0);
  const body = troubled(response, trouble);
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      logged.bytesOut += chunk.length;
      done(null, chunk);
    },
  });
  count.on('error', () => {});
  count.pipe(body);
  child.stdout?.on('data', (chunk: Buffer) => {
    if (head === null) return void count.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    writeHead(response, head.toString('latin1', 0, end), trouble);
    const rest = head.subarray(end + 4);
    head = null;
    if (rest.length > 0) count.write(rest);
  });
  child.once('close', () => {
    if (head === null) count.end();
    else response.destroy();
  });
}

function writeHead(response: ServerResponse, head: string, trouble: Trouble | undefined): void {
  response.statusCode = 200;
  for (const line of head.split('\r\n')) {
    const [name = '', ...value] = line.split(': ');
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value.join(': '), 10);
    else response.setHeader(name, value.join(': '));
  }
  if (trouble?.kind === 'gzip') response.setHeader('content-encoding', 'gzip');
  response.flushHeaders();
}

/** Where git's answer goes: to the client, possibly through what the trouble does to it. */
function troubled(response: ServerResponse, trouble: Trouble | undefined): NodeJS.WritableStream {
  if (trouble?.kind === 'gzip') {
    const gzip = createGzip();
    gzip.pipe(response);
    return gzip;
  }
  const through = tamper(response, trouble);
  if (!through) return response;
  through.on('error', () => {});
  through.pipe(response);
  return through;
}

function tamper(response: ServerResponse, trouble: Trouble | undefined): Transform | null {
  if (trouble?.kind === 'truncate') return truncate(response, trouble.after);
  if (trouble?.kind === 'rewrite') return rewrite(trouble.body);
  if (trouble?.kind === 'drip') return drip(response, trouble.everyMs);
  return null;
}

function truncate(response: ServerResponse, after: number): Transform {
  let left = after;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (left > 0) return done(null, part);
      // The bytes must reach the client before the connection goes.
      response.write(part, () => response.destroy());
      done();
    },
  });
}

function rewrite(change: (body: Buffer) => Buffer): Transform {
  const chunks: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
    flush(done) {
      done(null, change(Buffer.concat(chunks)));
    },
  });
}

function drip(response: ServerResponse, everyMs: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let at = 0;
      const timer = setInterval(() => {
        if (at >= chunk.length || response.destroyed) {
          clearInterval(timer);
          done();
        } else {
          this.push(chunk.subarray(at, at + 1));
          at += 1;
        }
      }, everyMs);
    },
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('close', () => resolve());
    child.kill('SIGKILL');
  });
}
