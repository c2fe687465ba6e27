import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { retryAfterSeconds } from '../../lib/git/retry-after.ts';
import type { Trouble } from '../support/git-server.ts';
import {
  advertisementAnswer,
  aHost,
  at,
  bytesAt,
  errorAnswer,
  faultOf,
  isFetch,
  isGet,
  isLsRefs,
  isPost,
  useGitServer,
} from './world.ts';

const world = useGitServer();
const FILES = { 'a.yaml': 'a: 1\n' };

async function resolveWith(trouble: Trouble, when = isGet, host = aHost()) {
  const repository = await world.server.createRepository({ files: FILES });
  world.server.inject(trouble, when);
  return faultOf(host.resolve(at(repository.url), 'main'));
}

const status = (code: number, headers: Record<string, string> = {}): Trouble => ({
  kind: 'answer',
  status: code,
  headers,
  body: 'a page with <b>details</b>',
});

describe('what a host answers', () => {
  it.each([
    [401, 'auth', 'give_up'],
    [403, 'auth', 'give_up'],
    [404, 'not_found', 'give_up'],
    [410, 'not_found', 'give_up'],
    [203, 'auth', 'give_up'],
    [429, 'rate_limited', 'retry'],
    [408, 'network', 'retry'],
    [500, 'network', 'retry'],
    [502, 'network', 'retry'],
    [503, 'network', 'retry'],
    [400, 'unsupported', 'give_up'],
    [418, 'unsupported', 'give_up'],
  ])('%d means %s: %s', async (code, faultClass, advice) => {
    expect(await resolveWith(status(code))).toMatchObject({ class: faultClass, advice });
    expect(await resolveWith(status(code), isPost)).toMatchObject({ class: faultClass, advice });
  });

  it.each([401, 403, 404])('%d says that it may be either a wrong name or a missing right', async (code) => {
    expect((await resolveWith(status(code))).message).toContain('no such repository or no access');
  });

  it('is a rate limit when a 403 says when to come back', async () => {
    expect(await resolveWith(status(403, { 'retry-after': '17' }))).toMatchObject({
      class: 'rate_limited',
      retryAfter: 17,
    });
  });

  it('may say when to come back in seconds or as a date', async () => {
    const soon = new Date(Date.now() + 90_000).toUTCString();
    expect((await resolveWith(status(429, { 'retry-after': '120' }), isPost)).retryAfter).toBe(120);
    const { retryAfter } = await resolveWith(status(429, { 'retry-after': soon }));
    expect(retryAfter).toBeGreaterThan(80);
    expect(retryAfter).toBeLessThanOrEqual(91);
    expect((await resolveWith(status(503, { 'retry-after': '5' }))).retryAfter).toBe(5);
    expect((await resolveWith(status(429))).retryAfter).toBeNull();
  });

  it('is not a repository when it is a web page', async () => {
    const fault = await resolveWith(status(200, { 'content-type': 'text/html' }));
    expect(fault.class).toBe('not_found');
    expect(fault.message).not.toContain('<b>');
  });

  it.each([
    ['nothing', { kind: 'hang up' }],
    ['a damaged line', garbage('zzzz')],
    ['half a line', garbage('00ff')],
  ] as const)('is network trouble when it is %s', async (_what, trouble) => {
    expect(await resolveWith(trouble)).toMatchObject({ class: 'network', advice: 'retry' });
  });

  it('must offer what we need', async () => {
    const fault = await resolveWith(advertisementAnswer(['version 2\n', 'agent=x\n']));
    expect(fault).toMatchObject({ class: 'network' });
  });

  it('is network trouble when it is cut off anywhere', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    const commit = await repository.tip();
    for (const after of [1, 4, 30, 150, 250]) {
      world.server.calm();
      world.server.inject({ kind: 'truncate', after }, isFetch);
      const read = aHost().read({ repository: at(repository.url), commit, paths: ['a.yaml'], known: null });
      expect(await faultOf(read)).toMatchObject({ class: 'network', advice: 'retry' });
    }
    world.server.calm();
    world.server.inject({ kind: 'truncate', after: 20 }, isLsRefs);
    expect(await faultOf(aHost().resolve(at(repository.url), 'main'))).toMatchObject({ class: 'network' });
  });

  it('is network trouble when any byte of it was changed', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    const commit = await repository.tip();
    world.server.inject({ kind: 'rewrite', body: flipped }, isFetch);
    const read = aHost().read({ repository: at(repository.url), commit, paths: ['a.yaml'], known: null });
    expect(await faultOf(read)).toMatchObject({ class: 'network' });
  });

  it('is shown in its own words, cleaned and cut', async () => {
    const words = `access\u0000 denied\r\n\u001b[31mred\u202e ${'x'.repeat(1_000)}`;
    const fault = await resolveWith(errorAnswer(words), isLsRefs);
    expect(fault.message).toContain('access denied [31mred');
    expect(fault.message.length).toBeLessThan(400);
    expect(fault.message).not.toMatch(/\p{Cc}|\u202e/u);
  });
});

describe('a host that cannot be reached', () => {
  it('is network trouble when nobody listens', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    const closed = repository.url.replace(/:\d+\//, ':9/');
    expect(await faultOf(aHost().resolve(at(closed), 'main'))).toMatchObject({
      class: 'network',
      advice: 'retry',
    });
  });

  it('is network trouble when its name does not exist', async () => {
    const host = aHost({ resolveName: () => Promise.reject(new Error('ENOTFOUND')) });
    const fault = await faultOf(host.resolve(at('http://git.invalid/a/b'), 'main'));
    expect(fault).toMatchObject({ class: 'network' });
    expect(fault.message).toContain('git.invalid');
  });

  it('is given up when it does not answer in time', async () => {
    const host = aHost({ bounds: { requestMs: 100 } });
    expect(await resolveWith({ kind: 'hang' }, isGet, host)).toMatchObject({ class: 'network' });
    expect(await resolveWith({ kind: 'hang' }, isPost, aHost({ bounds: { requestMs: 300 } }))).toMatchObject({
      class: 'network',
      message: expect.stringContaining('in time'),
    });
  });

  it('is given up when it answers, but a byte at a time', async () => {
    const host = aHost({ bounds: { requestMs: 300 } });
    const fault = await resolveWith({ kind: 'drip', everyMs: 20 }, isGet, host);
    expect(fault).toMatchObject({ class: 'network', message: expect.stringContaining('in time') });
  });

  it('is given up when all its answers together take too long', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    const host = aHost({ bounds: { totalMs: 400 } });
    const commit = await repository.tip();
    world.server.inject({ kind: 'drip', everyMs: 30 }, isFetch);
    const read = host.read({ repository: at(repository.url), commit, paths: ['a.yaml'], known: null });
    expect(await faultOf(read)).toMatchObject({ class: 'network' });
  });
});

describe('a host that was there before', () => {
  it('may have closed the connection we kept', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    const host = aHost();
    await host.resolve(at(repository.url), 'main');
    world.server.inject({ kind: 'hang up' }, isPost, 1);
    expect(await host.resolve(at(repository.url), 'main')).toBe(await repository.tip());
  });

  it('may have moved the repository: it is looked for again', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    const moved = await world.server.createRepository({ name: 'moved', files: { 'a.yaml': 'moved' } });
    const host = aHost();
    await host.resolve(at(repository.url), 'main');
    world.server.calm();
    const old = (path: string) => path.startsWith(new URL(repository.url).pathname);
    world.server.inject(
      { kind: 'redirect', status: 301, to: '/x' },
      (request) => isPost(request) && old(request.path),
    );
    world.server.inject(
      { kind: 'redirect', status: 301, to: `${moved.url}/info/refs?service=git-upload-pack` },
      (request) => isGet(request) && old(request.path),
    );
    expect(await host.resolve(at(repository.url), 'main')).toBe(await moved.tip());
  });

  it('is asked afresh after a fault', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    const host = aHost();
    world.server.inject(status(500), isGet, 1);
    await faultOf(host.resolve(at(repository.url), 'main'));
    expect(await host.resolve(at(repository.url), 'main')).toBe(await repository.tip());
  });
});

describe('a compressed answer', () => {
  it('is read like any other', async () => {
    const repository = await world.server.createRepository({ files: FILES });
    world.server.inject({ kind: 'gzip' });
    const host = aHost();
    const commit = (await host.resolve(at(repository.url), 'main')) ?? '';
    const result = await host.read({
      repository: at(repository.url),
      commit,
      paths: ['a.yaml'],
      known: null,
    });
    expect(bytesAt(result, 'a.yaml')).toBe('a: 1\n');
  });

  it('may not grow beyond the bound', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, '0'));
    const headers = {
      'content-encoding': 'gzip',
      'content-type': 'application/x-git-upload-pack-advertisement',
    };
    const fault = await resolveWith({ kind: 'answer', status: 200, headers, body: bomb });
    expect(fault.class).toMatch(/too_large|network/);
  });

  it('must be what it says, and in a way we know', async () => {
    const type = { 'content-type': 'application/x-git-upload-pack-advertisement' };
    const not = {
      kind: 'answer',
      status: 200,
      headers: { ...type, 'content-encoding': 'gzip' },
      body: 'plain',
    } as const;
    expect(await resolveWith(not)).toMatchObject({ class: 'network' });
    const br = {
      kind: 'answer',
      status: 200,
      headers: { ...type, 'content-encoding': 'br' },
      body: 'x',
    } as const;
    expect(await resolveWith(br)).toMatchObject({ class: 'unsupported' });
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    ['0', 0],
    ['30', 30],
    [' 30 ', 30],
    ['999999', 86_400],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60],
    ['Thursday, 01-Jan-26 00:01:00 GMT', 60],
    ['Thu, 01 Jan 2020 00:00:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['2026-01-01', null],
    ['', null],
    [undefined, null],
  ])('%j is %j', (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });
});

function garbage(body: string): Trouble {
  return { kind: 'answer', status: 200, headers: advertisementAnswer([]).headers, body };
}

function flipped(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  const at = changed.indexOf('PACK') + 20;
  changed[at] = (changed[at] ?? 0) ^ 0x55;
  return changed;
}
