/** Authentic deliveries where they do not belong: at another hook, of another repository, too large, or made to cost. */
import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLink } from '../../../lib/pipeline/manage/links.ts';
import { MAX_DELIVERY_BYTES } from '../../../lib/providers/delivery.ts';
import { NOW } from '../../providers/real-deliveries.ts';
import { type DeliveryOptions, signedDelivery } from '../../support/deliveries.ts';
import { CALLER } from '../../support/world-of.ts';
import type { Sent } from './forgeries.ts';
import { BRANCHES, FILE, type Hooked, hooked } from './hooked.ts';
import { SCHEMES, type Scheme } from './schemes.ts';

const sentOf = ({ provider, secret }: Scheme, options: DeliveryOptions = {}): Sent => {
  const { headers, body } = signedDelivery(provider, secret, { at: NOW, ...options });
  return {
    headers: Object.entries(headers).map(([name, value]) => [name, value ?? ''] as const),
    body: Buffer.from(body),
  };
};

describe.each(SCHEMES)('$name', (scheme) => {
  let mine: Hooked;
  let theirs: Hooked;
  beforeAll(async () => {
    mine = await hooked(scheme, NOW);
    const secrets = scheme.secrets.map(otherThan);
    theirs = await hooked({ ...scheme, secrets, secret: otherThan(scheme.secret) }, NOW);
  });

  it('a delivery signed with the secret of one hook is nothing to another of the same host', async () => {
    expect((await mine.post(mine.eventOf(sentOf(scheme)))).status).toBe(202);
    const before = theirs.stored();
    expect((await theirs.post(theirs.eventOf(sentOf(scheme)))).status).toBe(401);
    expect(theirs.stored()).toBe(before);
    expect(theirs.world.hints).toEqual([]);
  });

  it('a delivery about another repository, signed with the right secret, hints nothing', async () => {
    mine.world.hints.length = 0;
    const other = sentOf(scheme, { repositoryId: 4711, repositoryUrl: 'https://git.example/beta/other' });
    // Bitbucket's ids are texts; the fixture makes them of the number.
    expect((await mine.post(mine.eventOf(other))).status).toBe(200);
    expect(mine.world.hints).toEqual([]);
  });

  it.each(['', 'hk_', 'hk_00000000000000000000', '__proto__', 'x'.repeat(5000), 'hk_\u0000', '..%2f'])(
    'is 404 at the hook %j',
    async (hookId) => {
      expect((await mine.post(mine.eventOf(sentOf(scheme), hookId))).status).toBe(404);
    },
  );

  it('a push of many refs, the tracked one last, hints once each source of a branch it names', async () => {
    if (scheme.provider !== 'bitbucket') return;
    mine.world.hints.length = 0;
    const ref = (name: string) => ({ ref: name, before: 'b'.repeat(40), after: 'a'.repeat(40) });
    const others = Array.from({ length: 997 }, (_, i) => ref(`refs/heads/b${i}`));
    const refs = [ref('refs/tags/main'), ...others, ...BRANCHES.map((name) => ref(`refs/heads/${name}`))];
    expect((await mine.post(mine.eventOf(sentOf(scheme, { refs })))).status).toBe(202);
    const hinted = mine.world.hints.map(({ message }) => message.source);
    expect(hinted.toSorted()).toEqual([...mine.sources.values()].toSorted());
  });
});

const otherThan = (secret: string) =>
  secret.startsWith('whsec_')
    ? `whsec_${createHmac('sha256', 'x').update('y').digest('base64')}`
    : `${secret}, not`;

describe('a link that has no secret', () => {
  it('has no webhook at all', async () => {
    const { world } = await hooked(SCHEMES[0] as Scheme, NOW);
    const made = await createLink(
      {
        team: 'default',
        repoUrl: 'https://git.example/acme/generic',
        provider: 'generic',
        branch: 'main',
        path: FILE,
        username: null,
        accessToken: null,
        pollIntervalSeconds: 60,
        autoCreateConfiguration: true,
        configurationId: 'generic',
      },
      CALLER,
      world.ports,
    );
    expect(made).toMatchObject({ kind: 'linked', hook: null, secret: null });
  });
});

/** The costliest that were found for somebody who knows no secret; the first took 152 s to be refused. */
const COSTLY: readonly (readonly [string, string, (bytes: number) => Buffer])[] = [
  [
    'a form of fields without end',
    'application/x-www-form-urlencoded',
    (n) => Buffer.from(`payload=1${'&a'.repeat(n / 2 - 8)}`),
  ],
  [
    'a form of plus signs',
    'application/x-www-form-urlencoded',
    (n) => Buffer.from(`payload=${'+'.repeat(n - 8)}`),
  ],
  [
    'a form of escapes',
    'application/x-www-form-urlencoded',
    (n) => Buffer.from(`payload=${'%41'.repeat((n - 9) / 3)}`),
  ],
  ['a form of payloads', 'application/x-www-form-urlencoded', (n) => Buffer.from('payload=&'.repeat(n / 9))],
  ['lists in lists', 'application/json', (n) => Buffer.alloc(n, '[')],
  ['backslashes', 'application/json', (n) => Buffer.concat([Buffer.from('"'), Buffer.alloc(n - 1, '\\')])],
  ['bytes that are no text', 'application/json', (n) => Buffer.alloc(n, 0xff)],
  ['two bytes to the letter', 'application/json', (n) => Buffer.from('é'.repeat(n / 2))],
  ['a bomb in gzip', 'application/json', () => gzipSync(Buffer.alloc(16 * 1024 * 1024))],
];

describe('a delivery made to cost', () => {
  it.each(COSTLY)('%s: 6 MB, refused by every host', async (_, type, make) => {
    const body = make(MAX_DELIVERY_BYTES);
    for (const scheme of SCHEMES) {
      const target = await hooked(scheme, NOW);
      const proof = scheme.proofHeaders.map(
        (name) => [name, /hub/.test(name) ? `sha256=${'0'.repeat(64)}` : '0'.repeat(64)] as const,
      );
      const headers = [['content-type', type] as const, ...proof];
      const { status } = await target.post(target.eventOf({ headers, body }));
      expect([400, 401, 413]).toContain(status);
      expect(target.world.hints).toEqual([]);
    }
  });

  it('with one byte more than 6 MB is refused before it is hashed', async () => {
    for (const scheme of SCHEMES) {
      const target = await hooked(scheme, NOW);
      const body = Buffer.alloc(MAX_DELIVERY_BYTES + 1, 'x');
      const headers = [['content-type', 'application/json']] as const;
      expect((await target.post(target.eventOf({ headers, body }))).status).toBe(413);
    }
  });
});
