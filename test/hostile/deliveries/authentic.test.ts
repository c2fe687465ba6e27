/** Authentic deliveries of any shape: signed with the right secret, and not what a host would send. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOW } from '../../providers/real-deliveries.ts';
import { signedDelivery } from '../../support/deliveries.ts';
import { seedOf, tally, times } from '../../support/soak.ts';
import { randomOf } from '../random.ts';
import type { Sent } from './forgeries.ts';
import { BRANCHES, type Hooked, hooked } from './hooked.ts';
import { changed, mutateJson, pathsOf, SWAPS, write } from './json-mutations.ts';
import { proofOf, SCHEMES, type Scheme } from './schemes.ts';

const SEED = seedOf(5_711);
const EACH = times(150, 5_000);
const FIRSTS = times(25, 300);
/** As the payloads of the fixtures have it. */
const REPOSITORY = { github: '42', gitea: '42', gitlab: '42', bitbucket: null } as const;

const counts = {
  mutated: 0,
  'fields in turn': 0,
  'first of their hook': 0,
  queued: 0,
  ignored: 0,
  malformed: 0,
  '5xx': 0,
};
afterAll(() => tally('hostile deliveries: signed, of any shape', { seed: SEED, ...counts }));

/** One secret each is enough: what is asked here is what becomes of a payload once it is believed. */
const ASKED = SCHEMES.filter(({ secrets }) => secrets.length === 1);

const OTHERS = BRANCHES.length;

function push({ provider, secret }: Scheme): unknown {
  const branch = BRANCHES[0];
  return JSON.parse(Buffer.from(signedDelivery(provider, secret, { branch, at: NOW }).body).toString('utf8'));
}

function signed({ provider, secret }: Scheme, text: string, type = 'application/json'): Sent {
  const body = Buffer.from(text);
  const { headers } = signedDelivery(provider, secret, { at: NOW });
  const proof = { ...headers, ...proofOf({ provider, secret }, body, { at: NOW }), 'content-type': type };
  return { headers: Object.entries(proof).map(([name, value]) => [name, value ?? ''] as const), body };
}

/** What the text says of itself, read without any of the code under test. */
function said({ provider }: Scheme, text: string): { id: string | number | null; branches: Set<string> } {
  // biome-ignore lint/suspicious/noExplicitAny: any shape at all
  const payload: any = readable(text);
  const places = {
    gitlab: [payload?.project_id, payload?.project?.id],
    bitbucket: [payload?.repository?.uuid],
    github: [payload?.repository?.id],
    gitea: [payload?.repository?.id],
  };
  const id = places[provider].find(isId) ?? null;
  const refs: unknown[] =
    provider === 'bitbucket' && Array.isArray(payload?.push?.changes)
      ? // biome-ignore lint/suspicious/noExplicitAny: any shape at all
        payload.push.changes.flatMap((change: any) => [change?.new?.name, change?.old?.name])
      : [typeof payload?.ref === 'string' ? payload.ref.replace(/^refs\/heads\//, '') : null];
  return { id, branches: new Set(refs.filter((name) => typeof name === 'string')) };
}

/** Text or a whole number; anything else names nothing. */
function isId(value: unknown): value is string | number {
  return typeof value === 'string' ? value !== '' && value.length <= 200 : Number.isSafeInteger(value);
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

describe.each(ASKED)('an authentic delivery of any shape: $name', (scheme) => {
  let target: Hooked;
  let known: string | null;
  beforeAll(async () => {
    target = await hooked(scheme, NOW);
    expect((await target.post(target.eventOf(signed(scheme, write(push(scheme)))))).status).toBe(202);
    known = await target.repositoryId();
    expect(known).toBe(REPOSITORY[scheme.provider] ?? known);
    target.world.hints.length = 0;
  });

  async function take(text: string): Promise<void> {
    const { status, body } = await target.post(target.eventOf(signed(scheme, text)));
    const about = `${scheme.name}, seed ${SEED}: ${text.slice(0, 4_000)}`;
    if (status >= 500) counts['5xx']++;
    else if (status === 202) counts.queued++;
    else if (status === 200) counts.ignored++;
    else counts.malformed++;
    expect([200, 202, 400], about).toContain(status);
    const hinted = target.world.hints.splice(0).map(({ message }) => message.source);
    const { id, branches } = said(scheme, text);
    const meant = [...target.sources].filter(([branch]) => branches.has(branch)).map(([, source]) => source);
    for (const source of hinted) expect(meant, about).toContain(source);
    if (hinted.length > 0) {
      expect(status, about).toBe(202);
      // One that names no repository at all is its hook's, whose secret it was signed with.
      if (id !== null) expect(`${id}`, about).toBe(known);
    }
    expect(hinted.length, about).toBeLessThanOrEqual(OTHERS);
    expect(JSON.parse(body), about).toBeTruthy();
    expect(await target.repositoryId(), about).toBe(known);
  }

  it('is handled with every field in turn removed, nulled, listed, or swapped for something else', async () => {
    const whole = push(scheme);
    for (const path of pathsOf(whole)) {
      for (const [, swap] of SWAPS.slice(0, times(6, SWAPS.length))) {
        const payload = changed(whole, path, swap);
        counts['fields in turn']++;
        await take(typeof payload === 'symbol' ? 'null' : write(payload));
      }
    }
  });

  it('is handled with anything mutated, and hints no source but those of the branches it names', async () => {
    for (let which = 0; which < EACH; which++) {
      const random = randomOf(SEED, which);
      let payload = push(scheme);
      for (let left = 1 + random.below(4); left > 0; left--) payload = mutateJson(payload, random);
      counts.mutated++;
      await take(typeof payload === 'symbol' ? 'null' : write(payload));
    }
  });

  it('as the first of its hook teaches it no other repository than the one it names', async () => {
    for (let which = 0; which < FIRSTS; which++) {
      const random = randomOf(SEED, which);
      await target.forget();
      let payload = push(scheme);
      for (let left = 1 + random.below(2); left > 0; left--) payload = mutateJson(payload, random);
      const text = typeof payload === 'symbol' ? 'null' : write(payload);
      const { status } = await target.post(target.eventOf(signed(scheme, text)));
      const [learned, about] = [
        await target.repositoryId(),
        `${scheme.name}, seed ${SEED}: ${text.slice(0, 4_000)}`,
      ];
      if (status === 400) expect(learned, about).toBeNull();
      if (learned !== null) expect(learned, about).toBe(`${said(scheme, text).id}`);
      counts['first of their hook']++;
    }
    target.world.hints.length = 0;
  });
});

describe('the shapes that stopped other receivers', () => {
  const of = (provider: string) => ASKED.find((scheme) => scheme.provider === provider) ?? ASKED[0];
  it.each([
    [
      'Gogs, whose repository is null (CVE-2025-59537)',
      'gitea',
      { repository: null, ref: 'refs/heads/main' },
    ],
    [
      'Bitbucket Server, whose list of changes is empty (CVE-2025-59538)',
      'bitbucket',
      { eventKey: 'repo:refs_changed', changes: [], repository: {} },
    ],
    [
      'Bitbucket Server, whose clone links are no list (CVE-2025-59531)',
      'bitbucket',
      { repository: { links: { clone: 'x' } }, push: { changes: [] } },
    ],
    ['Azure, whose refUpdates are empty', 'github', { resource: { refUpdates: [], repository: null } }],
    [
      'Azure, whose refUpdates are a list where an object is read',
      'gitlab',
      { resource: [{ refUpdates: [[]] }] },
    ],
  ])('%s', async (_, provider, payload) => {
    const scheme = of(provider);
    if (!scheme) throw new Error(`no scheme of ${provider}`);
    const target = await hooked(scheme, NOW);
    const { status } = await target.post(target.eventOf(signed(scheme, write(payload))));
    expect([200, 400]).toContain(status);
    expect(target.world.hints).toEqual([]);
    expect(await target.repositoryId()).toBeNull();
  });
});
