import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HookProvider } from '../../lib/domain/provider.ts';
import type { Delivery } from '../../lib/providers/delivery.ts';
import { readDelivery } from '../../lib/providers/read-delivery.ts';
import { signedDelivery, signingToken } from '../support/deliveries.ts';
import { HOOK_PROVIDERS, NOW, REAL_DELIVERIES, type RealDelivery } from './real-deliveries.ts';

const RUNS = 6_000;
const anyReal = fc.constantFrom(...REAL_DELIVERIES);

function isLetIn(kind: string): boolean {
  return kind === 'push' || kind === 'ignored';
}

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = bit % (copy.length * 8);
  copy[at >> 3] = (copy[at >> 3] ?? 0) ^ (1 << (at & 7));
  return copy;
}

function flipText(text: string, bit: number): string {
  return Buffer.from(flip(Buffer.from(text, 'latin1'), bit)).toString('latin1');
}

/** A form for Gitea is signed by its content, and a plain token signs nothing. */
function coversEveryByte({ provider, secret, delivery }: RealDelivery): boolean {
  if (provider === 'gitlab') return secret.startsWith('whsec_');
  return provider !== 'gitea' || delivery.headers['content-type'] === 'application/json';
}

describe('one flipped bit', () => {
  it('in the body lets nothing in', async () => {
    const signed = fc.constantFrom(...REAL_DELIVERIES.filter(coversEveryByte));
    await fc.assert(
      fc.asyncProperty(signed, fc.nat(), async ({ provider, secret, delivery }, bit) => {
        const body = flip(delivery.body, bit);
        const verdict = await readDelivery(provider, { ...delivery, body }, [secret], NOW);
        expect(isLetIn(verdict.kind)).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });

  it('in the secret lets nothing in', async () => {
    await fc.assert(
      fc.asyncProperty(anyReal, fc.nat(), async ({ provider, secret, delivery }, bit) => {
        const other = flipText(secret, bit);
        // The last letter of base64 holds bits that mean nothing.
        fc.pre(!secret.startsWith('whsec_') || !sameKey(secret, other));
        const verdict = await readDelivery(provider, delivery, [other], NOW);
        expect(verdict.kind).toBe('refused');
      }),
      { numRuns: RUNS },
    );
  });

  it('in what proves it lets nothing in', async () => {
    await fc.assert(
      fc.asyncProperty(anyReal, fc.nat(), async ({ provider, secret, delivery }, bit) => {
        const name = proofOf(provider, secret);
        const headers = { ...delivery.headers, [name]: flipText(delivery.headers[name] ?? '', bit) };
        const verdict = await readDelivery(provider, { ...delivery, headers }, [secret], NOW);
        expect(verdict.kind).toBe('refused');
      }),
      { numRuns: RUNS },
    );
  });
});

describe('headers of any name and value', () => {
  it('let nothing in without the secret', async () => {
    const name = fc.constantFrom(
      ...[
        'x-hub-signature',
        'x-hub-signature-256',
        'x-gitea-signature',
        'x-forgejo-signature',
        'x-gitlab-token',
      ],
      ...[
        'webhook-id',
        'webhook-timestamp',
        'webhook-signature',
        'content-type',
        'x-github-event',
        '__proto__',
      ],
    );
    const real = REAL_DELIVERIES.flatMap(({ delivery }) =>
      Object.values(delivery.headers).filter((v) => v !== undefined),
    );
    const value = fc.oneof(fc.string(), fc.constantFrom('', 'sha256=', 'v1,', ...real), fc.base64String());
    await fc.assert(
      fc.asyncProperty(anyReal, fc.array(fc.tuple(name, value)), async ({ provider, delivery }, games) => {
        const headers = { ...delivery.headers, ...Object.fromEntries(games) };
        const verdict = await readDelivery(
          provider,
          { ...delivery, headers },
          ['nobody knows this one'],
          NOW,
        );
        expect(isLetIn(verdict.kind)).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('an authentic payload of any shape', () => {
  it('ends in a verdict: with parts swapped for null, lists, numbers or text, or missing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...HOOK_PROVIDERS),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom<unknown>(...SWAPS)), { minLength: 1, maxLength: 4 }),
        async (provider, mutations) => {
          const payload: unknown = JSON.parse(Buffer.from(signedDelivery(provider, 'x').body).toString());
          const delivery = signedDelivery(provider, 'x', { payload: mutations.reduce(mutate, payload) });
          await readDelivery(provider, delivery, ['x'], NOW);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('ends in a verdict: any JSON at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...HOOK_PROVIDERS), fc.jsonValue(), async (provider, payload) => {
        const verdict = await readDelivery(provider, signedDelivery(provider, 'x', { payload }), ['x'], NOW);
        expect(verdict.kind).toBe('malformed');
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('ends in a verdict: any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...HOOK_PROVIDERS), fc.uint8Array(), async (provider, body) => {
        const { headers } = signedDelivery(provider, 'x');
        await readDelivery(provider, { headers, body } satisfies Delivery, ['x'], NOW);
      }),
      { numRuns: RUNS / 2 },
    );
  });
});

const MISSING = Symbol('missing');
const SWAPS = [null, [], {}, 0, -1, 1e300, '', 'text', true, [[]], [null], { length: 1 }, MISSING];

/** Replaces the `at`-th part of the payload, counted through all of it. */
function mutate(payload: unknown, [at, swap]: [number, unknown]): unknown {
  const size = countParts(payload);
  let left = at % Math.max(1, size);
  const walk = (value: unknown): unknown => {
    if (left-- === 0) return swap;
    if (Array.isArray(value)) return value.map(walk).filter((part) => part !== MISSING);
    if (typeof value !== 'object' || value === null) return value;
    const parts = Object.entries(value).map(([key, part]) => [key, walk(part)] as const);
    return Object.fromEntries(parts.filter(([, part]) => part !== MISSING));
  };
  const mutated = walk(payload);
  return mutated === MISSING ? null : mutated;
}

function countParts(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, part) => sum + countParts(part), 1);
}

function proofOf(provider: HookProvider, secret: string): string {
  if (provider === 'gitlab') return secret.startsWith('whsec_') ? 'webhook-signature' : 'x-gitlab-token';
  return { github: 'x-hub-signature-256', bitbucket: 'x-hub-signature', gitea: 'x-gitea-signature' }[
    provider
  ];
}

function sameKey(one: string, other: string): boolean {
  const key = (token: string) => Buffer.from(token.slice('whsec_'.length), 'base64');
  return other.startsWith('whsec_') && key(one).equals(key(other));
}

describe('signing tokens', () => {
  it('are different for different seeds, or these tests prove nothing', () => {
    expect(signingToken('a')).not.toBe(signingToken('b'));
  });
});
