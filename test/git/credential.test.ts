import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../lib/domain/provider.ts';
import { cleanText } from '../../lib/git/clean-text.ts';
import { credentialHeader, secretForms } from '../../lib/git/credential.ts';
import type { LoggedRequest, Trouble } from '../support/git-server.ts';
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
  sideBandError,
  useGitServer,
} from './world.ts';

const world = useGitServer();
const CANARY = 'glpat-C4nary/with+odd=chars&%';
const credential = { username: 'ada', token: CANARY };
const url = 'https://git.example.com/a/b';

describe('a credential', () => {
  it.each([
    ['github', 'x-access-token'],
    ['gitlab', 'oauth2'],
    ['bitbucket', 'x-token-auth'],
    ['gitea', 'oauth2'],
    ['generic', 'git'],
  ] as const)('for %s is a password of %s when the user named nobody', (provider, user) => {
    const header = credentialHeader({ url, provider, credential: { username: null, token: 't' } });
    expect(header).toBe(`Basic ${Buffer.from(`${user}:t`).toString('base64')}`);
  });

  it('keeps the name the user gave, even an empty one', () => {
    for (const provider of PROVIDERS) {
      const of = (username: string) =>
        credentialHeader({ url, provider, credential: { username, token: 'tökén' } });
      expect(of('ada')).toBe(`Basic ${Buffer.from('ada:tökén').toString('base64')}`);
      expect(of('')).toBe(`Basic ${Buffer.from(':tökén').toString('base64')}`);
    }
  });

  it('is nothing for a public repository', () => {
    expect(credentialHeader(at(url))).toBeNull();
    expect(secretForms(at(url))).toEqual([]);
  });

  it('cannot have a colon in its user name', () => {
    expect(() => credentialHeader(at(url, { username: 'a:b', token: 't' }))).toThrow(/must not contain/);
  });

  it('opens a private repository, with every request', async () => {
    const access = { kind: 'basic', username: 'ada', password: CANARY } as const;
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' }, access });
    const host = aHost();
    const commit = (await host.resolve(at(repository.url, credential), 'main')) ?? '';
    const result = await host.read({
      repository: at(repository.url, credential),
      commit,
      paths: ['a.yaml'],
      known: null,
    });
    expect(bytesAt(result, 'a.yaml')).toBe('1');
  });

  it('that is wrong, missing or another’s is a fault, also after the right one was used', async () => {
    const access = { kind: 'basic', password: CANARY } as const;
    const repository = await world.server.createRepository({ files: { a: '' }, access });
    const host = aHost();
    await host.resolve(at(repository.url, credential), 'main');
    for (const wrong of [null, { username: 'ada', token: 'wrong' }, { username: 'ada', token: '' }]) {
      expect(await faultOf(host.resolve(at(repository.url, wrong), 'main'))).toMatchObject({ class: 'auth' });
    }
    expect(await host.resolve(at(repository.url, credential), 'main')).toBe(await repository.tip());
  });
});

describe('two credentials for one repository, at the same time', () => {
  it('do not share what they are answered', async () => {
    const access = { kind: 'basic', password: CANARY } as const;
    const repository = await world.server.createRepository({ files: { a: '' }, access });
    const host = aHost();
    const [wrong, right] = await Promise.allSettled([
      host.resolve(at(repository.url, { username: 'ada', token: 'wrong' }), 'main'),
      host.resolve(at(repository.url, credential), 'main'),
    ]);
    expect([wrong.status, right.status]).toEqual(['rejected', 'fulfilled']);
  });
});

describe('a fault never holds the credential', () => {
  const pair = Buffer.from(`ada:${CANARY}`).toString('base64');
  const forms = [
    CANARY,
    encodeURIComponent(CANARY),
    encodeURIComponent(CANARY).toLowerCase(),
    Buffer.from(CANARY).toString('base64'),
    Buffer.from(CANARY).toString('base64url'),
    pair,
    pair.replace(/=+$/, ''),
  ];
  const echo = `denied for ${forms.join(' and ')} at https://ada:${encodeURIComponent(CANARY)}@host/x`;
  const suffix = '/info/refs?service=git-upload-pack';

  const troubles: [string, Trouble, (request: LoggedRequest) => boolean][] = [
    ['an error line', errorAnswer(echo), isLsRefs],
    ['an error line of a fetch', errorAnswer(echo), isFetch],
    ['a side band', sideBandError(echo), isFetch],
    ['the first answer', advertisementAnswer([`ERR ${echo}`]), isGet],
    ['a page', { kind: 'answer', status: 403, body: echo }, isGet],
    ['a status', { kind: 'answer', status: 500, headers: { 'retry-after': CANARY }, body: echo }, isGet],
    ['a content type', { kind: 'answer', status: 200, headers: { 'content-type': echo } }, isGet],
    [
      'an encoding',
      {
        kind: 'answer',
        status: 200,
        headers: {
          'content-type': 'application/x-git-upload-pack-advertisement',
          'content-encoding': CANARY,
        },
      },
      isGet,
    ],
    [
      'an object format',
      advertisementAnswer(['version 2\n', 'ls-refs\n', 'fetch\n', `object-format=${CANARY}\n`]),
      isGet,
    ],
    [
      'a redirect',
      { kind: 'redirect', status: 302, to: `http://127.0.0.1:9/${encodeURIComponent(CANARY)}${suffix}` },
      isGet,
    ],
    [
      'a redirect to a name',
      {
        kind: 'redirect',
        status: 302,
        to: `http://${Buffer.from(CANARY).toString('hex')}.invalid/x${suffix}`,
      },
      isGet,
    ],
    ['a damaged answer', { kind: 'rewrite', body: () => Buffer.from(echo) }, isLsRefs],
    ['a closed connection', { kind: 'hang up' }, isLsRefs],
  ];

  it.each(troubles)('that echoes it in %s', async (_where, trouble, when) => {
    const repository = await world.server.createRepository({ files: { 'a.yaml': '1' } });
    world.server.inject(trouble, when);
    const host = aHost();
    const work = async () => {
      await host.resolve(at(repository.url, credential), 'main');
      const commit = await repository.tip();
      await host.read({ repository: at(repository.url, credential), commit, paths: ['a.yaml'], known: null });
    };
    const fault = await faultOf(work());
    const text = everything(fault);
    for (const form of forms) expect(text.toLowerCase()).not.toContain(form.toLowerCase());
  });

  it('nor a token that a hostile host puts into the name of the next host', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    const token = 'GhpAbcdef0123456789';
    world.server.inject({ kind: 'redirect', status: 302, to: `http://${token}.invalid/x${suffix}` }, isGet);
    const host = aHost({ resolveName: () => Promise.reject(new Error('ENOTFOUND')) });
    const fault = await faultOf(host.resolve(at(repository.url, { username: 'ada', token }), 'main'));
    expect(everything(fault).toLowerCase()).not.toContain(token.toLowerCase());
    expect(fault.message).toContain('could not be resolved');
  });

  it('nor the first half of a token where a long answer is cut', async () => {
    const repository = await world.server.createRepository({ files: { a: '' } });
    for (const length of [285, 290, 295]) {
      world.server.inject(errorAnswer(`${'x'.repeat(length)}${CANARY}`), isLsRefs);
      const fault = await faultOf(aHost().resolve(at(repository.url, credential), 'main'));
      expect(everything(fault)).not.toContain(CANARY.slice(0, 4));
    }
  });

  it('and cleaning leaves the rest of the words', () => {
    expect(cleanText('remote: no\n access for s3cret!', ['s3cret'])).toBe('remote: no access for ***!');
    expect(cleanText('see https://user:pw@host/x')).toBe('see https://***@host/x');
  });
});

/** Message, stack and every own property, of the fault and of all its causes. */
function everything(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = Object.getOwnPropertyNames(error).map((name) => String(Reflect.get(error, name)));
  return [error.message, error.stack, ...own, everything(error.cause)].join('\n');
}

describe('a host that asks for a bearer token', () => {
  it('gets one, and is not asked with Basic again', async () => {
    const repository = await world.server.createRepository({
      files: { 'a.yaml': 'a' },
      access: { kind: 'bearer', token: 'http-access-token' },
    });
    const host = aHost();
    const there = at(repository.url, { username: null, token: 'http-access-token' });
    expect(await host.resolve(there, 'main')).toBe(await repository.tip());
    expect(world.server.requests.map(({ status }) => status)).toEqual([401, 200, 200]);
    await host.resolve(there, 'main');
    expect(world.server.requests.map(({ authorization }) => authorization?.split(' ')[0])).toEqual([
      'Basic',
      'Bearer',
      'Bearer',
      'Bearer',
    ]);
  });

  it('refuses a wrong one once, with a fault of class auth', async () => {
    const access = { kind: 'bearer', token: 'right' } as const;
    const repository = await world.server.createRepository({ files: { a: '' }, access });
    const wrong = aHost().resolve(at(repository.url, { username: null, token: 'wrong' }), 'main');
    await expect(wrong).rejects.toMatchObject({ class: 'auth' });
    expect(world.server.requests).toHaveLength(2);
  });
});
