/** A proof: what it takes for a fleet to count as converged, and everything that must never pass for it. */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../lib/domain/canonical-json.ts';
import { type Proof, type ProvenGateway, parseProof } from '../../lib/domain/proof.ts';
import { fingerprintOf, type TrustedKeys, verifyProof } from '../../lib/domain/verify-proof.ts';
import { but, controlPlane, MANIFEST, member, NOW, p256 } from '../support/proving.ts';
import { applied, refused, signingGateway } from '../support/signing-gateway.ts';

const plane = controlPlane();
const fleet = [member('gw_1'), member('gw_2'), member('gw_3')] as const;
const [first, second, third] = fleet;
let valid: Proof;
beforeAll(async () => {
  valid = await plane.proof(...fleet);
});

const pinned = { keys: plane.keys, expected: null };
const verify = (proof: Proof, keys: TrustedKeys | null = plane.keys) =>
  verifyProof(proof, { keys, expected: null });
/** Through text, as a file is read. */
function readAgain(value: unknown): Proof | null {
  const parsed = parseProof(JSON.parse(JSON.stringify(value)));
  return 'wrong' in parsed ? null : parsed;
}
const withGateways = (gateways: readonly ProvenGateway[]): Proof => ({
  ...valid,
  roster: { ...valid.roster, gateways: [...gateways] },
});
/** The first gateway, altered, in a bundle that is sealed as if it were right: then only the receipts are left to tell. */
const sealedWith = (altered: Partial<ProvenGateway>) =>
  plane.resealed(
    withGateways(
      valid.roster.gateways.map((gateway, index) => (index === 0 ? { ...gateway, ...altered } : gateway)),
    ),
  );
const whyOf = (proof: Proof) => verify(proof).gateways[0]?.why;
const receipt = (statement: ReturnType<typeof applied>, keys = first.keys) => ({
  ...keys.signed(statement),
  stored_at: NOW,
});

describe('a proof of a fleet that converged', () => {
  it('is valid and converged, with pinned keys and with its own', () => {
    const expected = { valid: true, converged: true, problems: [] };
    expect(verify(valid)).toMatchObject(expected);
    expect(verify(valid, null)).toMatchObject(expected);
    expect(verify(valid).gateways.map(({ id, proven }) => [id, proven])).toEqual([
      ['gw_1', true],
      ['gw_2', true],
      ['gw_3', true],
    ]);
  });

  it('is the same after it was written and read', () => {
    expect(readAgain(valid)).toEqual(valid);
    expect(verifyProof(readAgain(valid) ?? valid, pinned).converged).toBe(true);
  });

  it('takes a receipt for the same bytes under an earlier sequence, back to where they began', async () => {
    const earlier = { version_id: 'ver_1', sequence: 4 };
    expect(verify(await plane.proof(member('gw_1', earlier))).converged).toBe(true);
    const before = { version_id: 'ver_0', sequence: 3 };
    expect(verify(await plane.proof(member('gw_1', before))).converged).toBe(false);
  });

  it('shows nothing of a fleet of none', async () => {
    expect(verify(await plane.proof())).toMatchObject({ valid: true, converged: false });
  });
});

describe('a gateway that does not run it', () => {
  it.each([
    [
      'was killed: it is silent',
      but(first, { report: { at: '2026-03-01T11:58:39.000Z' } }),
      /not heard since/,
    ],
    ['is cut off since before its receipt', but(first, { report: null }), /never heard/],
    [
      'runs a file that was tampered with',
      but(first, { report: { contentHash: 'f'.repeat(64) } }),
      /runs ffff/,
    ],
    ['runs nothing any more', but(first, { report: { contentHash: null } }), /runs nothing/],
    ['has no key', but(first, { gateway: { publicKey: null } }), /no key/],
    [
      'signed with a key that it has no more',
      but(first, { gateway: { publicKey: signingGateway().pem } }),
      /not signed by it/,
    ],
    ['refused it', member('gw_1', refused('gw_1', MANIFEST, 'disk full')), /refused it: disk full/],
    [
      'has a receipt for older bytes',
      member('gw_1', { content_hash: 'e'.repeat(64), sequence: 3, version_id: 'ver_1' }),
      /something else/,
    ],
    ['has a receipt for other bytes', member('gw_1', { content_hash: 'e'.repeat(64) }), /something else/],
    ['has a receipt from before the bytes were announced', member('gw_1', { sequence: 3 }), /something else/],
    [
      'has a receipt for another version of the sequence',
      member('gw_1', { version_id: 'ver_9' }),
      /something else/,
    ],
    [
      'has a receipt for a sequence that is not yet announced',
      member('gw_1', { sequence: 6 }),
      /something else/,
    ],
  ])('%s: the bundle says so', async (_, bad, why) => {
    const proof = await plane.proof(bad, second, third);
    const verdict = verify(proof);
    expect(verdict.converged).toBe(false);
    expect(verdict.gateways.map(({ proven }) => proven)).toEqual([false, true, true]);
    expect(verdict.gateways[0]?.why).toMatch(why);
  });

  it('does not become one that does because the bundle says so', async () => {
    const proof = await plane.proof(but(first, { report: { contentHash: null } }));
    expect(proof.roster.gateways[0]?.standing.state).toBe('lagging');
    const said = { ...proof.roster.gateways[0]?.standing, state: 'converged', since: NOW, reason: null };
    const [gateway] = proof.roster.gateways;
    if (!gateway) throw new Error('there is one');
    const lie = plane.resealed({
      ...proof,
      roster: { ...proof.roster, gateways: [{ ...gateway, standing: said }] },
    });
    expect(verify(lie)).toMatchObject({ valid: true, converged: false });
  });
});

describe('a receipt', () => {
  it('that is left out is missed, although the bundle is sealed', () => {
    expect(verify(sealedWith({ receipt: null }))).toMatchObject({ valid: true, converged: false });
    expect(whyOf(sealedWith({ receipt: null }))).toBe('has signed no receipt');
  });

  it('that was replayed from another gateway does not count, with the name changed or not', () => {
    const others = valid.roster.gateways[1]?.receipt;
    if (!others) throw new Error('it has one');
    expect(verify(sealedWith({ receipt: others }))).toMatchObject({ valid: false, converged: false });
    const proof = sealedWith({ receipt: { ...others, gateway_id: 'gw_1' } });
    expect(verify(proof)).toMatchObject({ valid: false, converged: false });
    expect(verify(proof).problems).toEqual(['gateway gw_1: its receipt does not verify with its public key']);
  });

  it('that was forged, with another key, or altered in any field, does not count', () => {
    const good = applied('gw_1', MANIFEST);
    expect(verify(sealedWith({ receipt: receipt(good, signingGateway()) })).converged).toBe(false);
    const signed = receipt(good);
    expect(verify(sealedWith({ receipt: signed })).converged).toBe(true);
    for (const field of ['received_at', 'verified_at', 'applied_at'] as const) {
      const altered = { ...signed, [field]: '2026-03-01T12:00:00.001Z' };
      expect([field, verify(sealedWith({ receipt: altered })).valid]).toEqual([field, false]);
    }
    expect(whyOf(sealedWith({ receipt: { ...signed, sequence: 4 } }))).toBe(
      'its receipt is not signed by it',
    );
  });

  it('twice is a gateway twice: no roster', () => {
    const [gateway] = valid.roster.gateways;
    if (!gateway) throw new Error('there is one');
    const twice = plane.resealed(withGateways([gateway, ...valid.roster.gateways]));
    expect(verify(twice).problems).toContain('roster: gateway gw_1 is there twice, or out of order');
    expect(verify(twice).converged).toBe(false);
  });
});

describe('a roster', () => {
  it('from which a gateway was removed is not what was signed', () => {
    const without = withGateways(valid.roster.gateways.slice(1));
    expect(verify(without)).toMatchObject({ valid: false, converged: false });
    expect(verify(without).problems).toEqual([
      'roster: something in the bundle is not what was signed',
      'roster: 3 gateways were signed for, 2 are here',
    ]);
  });

  it('that whoever has the key for proofs sealed without a gateway is told from who is expected', () => {
    const without = plane.resealed(withGateways(valid.roster.gateways.slice(1)));
    expect(verify(without).converged).toBe(true);
    const expected = fleet.map(({ standing }) => ({ id: standing.id, fingerprint: null }));
    expect(verifyProof(without, { keys: plane.keys, expected })).toMatchObject({
      converged: false,
      problems: ['gateway gw_1: expected, and not in the roster'],
    });
    expect(verifyProof(valid, { keys: plane.keys, expected }).converged).toBe(true);
  });

  it('in which a key was exchanged is told from the key that is expected', () => {
    const other = member('gw_1');
    const fake = plane.resealed(
      withGateways([
        {
          ...(valid.roster.gateways[0] as ProvenGateway),
          public_key: other.keys.pem,
          receipt: receipt(applied('gw_1', MANIFEST), other.keys),
        },
      ]),
    );
    expect(verify(fake).converged).toBe(true);
    const expected = [{ id: 'gw_1', fingerprint: fingerprintOf(first.keys.pem) }];
    expect(verifyProof(fake, { keys: plane.keys, expected })).toMatchObject({
      valid: false,
      converged: false,
    });
    expect(verifyProof(valid, { keys: plane.keys, expected }).converged).toBe(true);
  });

  it('of another configuration, version or moment is not taken for this one', () => {
    for (const more of [
      { configuration_id: 'other' },
      { version_id: 'ver_1' },
      { content_hash: 'e'.repeat(64) },
      { sequence: 6 },
      { gateways: 4 },
      { taken_at: '2026-03-01T12:05:00.000Z' },
    ])
      expect([more, verify(plane.resealed(valid, more)).valid]).toEqual([more, false]);
  });

  it('that is old is as old as it says: silence is counted to when it was taken', async () => {
    const late = '2026-03-01T12:01:37.001Z';
    const roster = { ...valid.roster, read_from: late, read_to: late };
    const later = plane.resealed({ ...valid, roster }, { taken_at: late });
    expect(verify(later)).toMatchObject({ valid: true, converged: false });
  });
});

describe('the keys', () => {
  it('for proofs sign no manifests, and those for manifests no proofs', () => {
    const swapped = { manifest: plane.keys.proof, proof: plane.keys.manifest };
    expect(verify(valid, swapped).valid).toBe(false);
    const both = { manifest: plane.keys.manifest, proof: [] };
    expect(verify(valid, both).problems).toEqual([
      'roster: signed with key sealing, which is not among the keys for it',
    ]);
  });

  it('that are pinned are the ones that count, not those in the bundle', () => {
    const forger = controlPlane();
    const other = { manifest: [p256('signing').jwk], proof: [p256('sealing').jwk] };
    expect(verify(valid, other).valid).toBe(false);
    expect(verify(valid, { manifest: [], proof: [] }).valid).toBe(false);
    expect(forger.keys.manifest[0]?.kid).toBe('signing');
    expect(verify(valid, forger.keys)).toMatchObject({ valid: false, converged: false });
  });

  it('may be others in the bundle only if nothing is said to the contrary', () => {
    const keys = { ...valid.keys, manifest: p256('signing').jwk };
    expect(verify({ ...valid, keys }).valid).toBe(false);
    expect(verify({ ...valid, keys: { manifest: null, proof: null } }).converged).toBe(true);
    expect(verify({ ...valid, keys: { manifest: null, proof: null } }, null).valid).toBe(false);
  });
});

/** Every place in a value where something stands that is no object and no list. */
function leavesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  if (Array.isArray(value))
    return value.map((one, index) => (String(index) === name ? replaced(one, rest, by) : one));
  const of = value as Readonly<Record<string, unknown>>;
  return { ...of, [name]: replaced(of[name], rest, by) };
}

function without(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  if (Array.isArray(value)) {
    if (rest.length === 0) return value.filter((_, index) => String(index) !== name);
    return value.map((one, index) => (String(index) === name ? without(one, rest) : one));
  }
  const of = value as Readonly<Record<string, unknown>>;
  if (rest.length > 0) return { ...of, [name]: without(of[name], rest) };
  return Object.fromEntries(Object.entries(of).filter(([key]) => key !== name));
}

/** Something else in its place, of the same kind or of another. */
const instead = (value: unknown): fc.Arbitrary<unknown> => {
  const any = fc.oneof(
    fc.constant(null),
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant({}),
    fc.constant([]),
  );
  if (typeof value === 'number')
    return fc.oneof(
      fc.integer({ min: -3, max: 3 }).map((by) => value + by),
      any,
    );
  if (typeof value !== 'string' || value.length === 0) return any;
  const inText = fc
    .tuple(fc.nat(value.length - 1), fc.constantFrom('0', 'A', 'f', '-', '_', ' ', '9', 'Z', '='))
    .map(([at, letter]) => value.slice(0, at) + letter + value.slice(at + 1));
  const longer = fc.constantFrom(`${value} `, `${value}=`, `${value}A`, value.slice(0, -1));
  return fc.oneof({ weight: 3, arbitrary: inText }, longer, any);
};

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((of, name) => (of as Readonly<Record<string, unknown>>)[name], value);

describe('a bundle of which anything was altered', () => {
  it('is in no case taken for converged, whichever field it was', () => {
    const leaves = leavesOf(valid);
    expect(leaves.length).toBeGreaterThan(100);
    const altered = fc
      .constantFrom(...leaves)
      .chain((path) => instead(at(valid, path)).map((by) => ({ path, by })))
      .filter(({ path, by }) => canonicalJson(at(valid, path)) !== canonicalJson(by));
    fc.assert(
      fc.property(altered, ({ path, by }) => {
        const proof = readAgain(replaced(valid, path, by));
        for (const keys of [plane.keys, null])
          expect([path.join('.'), proof !== null && verify(proof, keys).converged]).toEqual([
            path.join('.'),
            false,
          ]);
      }),
      { numRuns: 1500 },
    );
  });

  it('is in no case taken for converged when something is left out or added', () => {
    const places = [
      ...new Set(
        leavesOf(valid).flatMap((path) => path.map((_, index) => path.slice(0, index + 1).join('/'))),
      ),
    ];
    for (const place of places.map((text) => text.split('/'))) {
      const proof = readAgain(without(valid, place));
      expect([place.join('.'), proof !== null && verify(proof).converged]).toEqual([place.join('.'), false]);
      const value = at(valid, place);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
      expect([place.join('.'), readAgain(replaced(valid, [...place, 'more'], 1))]).toEqual([
        place.join('.'),
        null,
      ]);
    }
  });
});
