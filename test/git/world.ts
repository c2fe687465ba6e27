/** What most git tests need: a server, a host that may reach it, and short ways to say things. */
import { createCipheriv } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { Fault } from '../../lib/domain/fault.ts';
import type { Credential, FileRead, Known, PathRead, ReadResult, Repository } from '../../lib/domain/git.ts';
import { type GitHostOptions, gitHost } from '../../lib/git/git-host.ts';
import { FLUSH, pktLine } from '../../lib/git/pkt-line.ts';
import { type GitServer, type LoggedRequest, startGitServer } from '../support/git-server.ts';

export const LOOPBACK = ['127.0.0.1/32'];

/** A server for the tests of one file; calm again after each. */
export function useGitServer(): { readonly server: GitServer } {
  let server: GitServer | null = null;
  beforeAll(async () => {
    server = await startGitServer();
  });
  afterEach(() => server?.calm());
  afterAll(() => server?.close());
  return {
    get server() {
      if (!server) throw new Error('only within a test');
      return server;
    },
  };
}

const open = new Set<{ close(): void }>();

/** A git host that may reach the loopback server; closed after the test. */
export function aHost(options: Partial<GitHostOptions> = {}): ReturnType<typeof gitHost> {
  const host = gitHost({ allowedNetworks: LOOPBACK, ...options });
  open.add(host);
  return host;
}

afterEach(() => {
  for (const host of open) host.close();
  open.clear();
});

export function at(url: string, credential: Credential | null = null): Repository {
  return { url, provider: 'generic', credential };
}

export function bytesAt(result: ReadResult, path: string): string | null {
  return content(result.paths.get(path));
}

export function content(read: PathRead | undefined): string | null {
  if (read?.kind !== 'file') throw new Error(`not a file: ${JSON.stringify(read)}`);
  return read.bytes === null ? null : Buffer.from(read.bytes).toString('utf8');
}

/** What the caller would remember of a read. */
export function knownFrom(result: ReadResult): Known {
  const files: [string, FileRead][] = [];
  for (const [path, read] of result.paths) {
    if (read.kind === 'file') files.push([path, read]);
    if (read.kind !== 'directory') continue;
    for (const [below, file] of read.files) if (file.kind === 'file') files.push([below, file]);
  }
  return {
    commit: result.commit.id,
    trees: result.trees,
    blobs: Object.fromEntries(files.map(([path, file]) => [path, file.blob])),
  };
}

export async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const fault = await work.then(
    (value) => new Error(`no fault but ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (fault instanceof Fault) return fault;
  throw fault;
}

export const isGet = (request: LoggedRequest) => request.method === 'GET';
export const isPost = (request: LoggedRequest) => request.method === 'POST';
export const isFetch = (request: LoggedRequest) => request.command === 'fetch';
export const isLsRefs = (request: LoggedRequest) => request.command === 'ls-refs';
export const asks = (text: string) => (request: LoggedRequest) =>
  isFetch(request) && request.body.includes(text);

const RESULT = { 'content-type': 'application/x-git-upload-pack-result' };

/** What a server answers to a fetch, around a pack. */
export function packAnswer(pack: Buffer) {
  const lines: Buffer[] = [pktLine('packfile\n')];
  for (let start = 0; start < pack.length; start += 60_000) {
    lines.push(band(1, pack.subarray(start, start + 60_000)));
  }
  return { kind: 'answer', status: 200, headers: RESULT, body: Buffer.concat([...lines, FLUSH]) } as const;
}

export function errorAnswer(words: string) {
  return { kind: 'answer', status: 200, headers: RESULT, body: pktLine(`ERR ${words}`) } as const;
}

export function sideBandError(words: string) {
  const body = Buffer.concat([pktLine('packfile\n'), band(3, Buffer.from(words)), FLUSH]);
  return { kind: 'answer', status: 200, headers: RESULT, body } as const;
}

export function lsRefsAnswer(lines: readonly string[]) {
  const body = Buffer.concat([...lines.map((line) => pktLine(`${line}\n`)), FLUSH]);
  return { kind: 'answer', status: 200, headers: RESULT, body } as const;
}

export function advertisementAnswer(lines: readonly string[]) {
  const headers = { 'content-type': 'application/x-git-upload-pack-advertisement' };
  const body = Buffer.concat([pktLine('# service=git-upload-pack\n'), FLUSH, ...lines.map(pktLine), FLUSH]);
  return { kind: 'answer', status: 200, headers, body } as const;
}

export const NOTHING_IN_COMMON = {
  kind: 'answer',
  status: 200,
  headers: RESULT,
  body: Buffer.concat([pktLine('acknowledgments\n'), pktLine('NAK\n'), FLUSH]),
} as const;

function band(number: number, bytes: Buffer): Buffer {
  const length = (bytes.length + 5).toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(length), Buffer.from([number]), bytes]);
}

/** Bytes that do not compress; the same each time. */
export function noise(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(length));
}
