import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, isIntact, judge, type Known } from '../../../gateway/agent/decide.ts';
import type { Key, Offer } from '../../../gateway/agent/shapes.ts';
import { sha256Hex } from '../../../lib/domain/ids.ts';
import { offer, signatureOf, signingKey } from './control.ts';

const trusted = signingKey();
const stranger = signingKey();
const nameless = signingKey('key-2');

const known = (over: Partial<Known> = {}): Known => ({
  keys: [trusted.jwk],
  applied: null,
  sequences: {},
  ...over,
});

/** After sequence 5 of `payments`. */
const five = offer(trusted, { sequence: 5 });
const afterFive = known({ applied: five.manifest, sequences: { payments: 5 } });

describe('what must run', () => {
  it('is applied when it is signed, newer, as it was signed, and valid', () => {
    expect(decide(offer(trusted, { sequence: 6 }), afterFive)).toEqual({ kind: 'apply' });
    expect(decide(five, known())).toEqual({ kind: 'apply' });
  });

  it('is nothing new when it is what was applied last, whoever signed it', () => {
    expect(decide(five, afterFive)).toEqual({ kind: 'nothing' });
    expect(decide(five, { ...afterFive, keys: [nameless.jwk] })).toEqual({ kind: 'nothing' });
  });

  it('is applied again under a new sequence when the bytes are the same', () => {
    const again = offer(trusted, { sequence: 6, content: five.content });
    expect(decide(again, afterFive)).toEqual({ kind: 'apply' });
  });

  it('is refused when another key signed it under the name of a trusted one', () => {
    expect(decide(offer(stranger, { sequence: 6 }), afterFive)).toEqual({
      kind: 'refuse',
      why: 'its signature does not verify',
      verified: false,
    });
  });

  it('waits for the keys when it is signed with one that is not known', () => {
    expect(decide(offer(nameless, { sequence: 6 }), afterFive)).toMatchObject({ kind: 'unknown key' });
  });

  it('is refused when it is older than what was applied, of the same configuration', () => {
    expect(decide(offer(trusted, { sequence: 4 }), afterFive)).toMatchObject({
      kind: 'refuse',
      why: 'its sequence 4 is older than 5, which was applied',
    });
    const other = { ...known(), sequences: { payments: 5 } };
    expect(decide(offer(trusted, { sequence: 4 }), other)).toMatchObject({ kind: 'refuse' });
  });

  it('may have a lower sequence in another configuration, but not than was applied of that one', () => {
    const other = offer(trusted, { sequence: 2, configuration_id: 'refunds' });
    expect(decide(other, afterFive)).toEqual({ kind: 'apply' });
    expect(decide(other, { ...afterFive, sequences: { payments: 5, refunds: 3 } })).toMatchObject({
      kind: 'refuse',
    });
  });

  it('is refused when there are two statements of one sequence', () => {
    const other = offer(trusted, { sequence: 5, content: offer(trusted, { sequence: 9 }).content });
    expect(decide(other, afterFive)).toMatchObject({
      kind: 'refuse',
      why: 'there are two statements of sequence 5',
      verified: false,
    });
  });

  it('is refused when the content is not what was signed', () => {
    const six = offer(trusted, { sequence: 6 });
    expect(decide({ ...six, content: `${six.content}#` }, afterFive)).toEqual({
      kind: 'refuse',
      why: 'the content does not have the hash that is signed',
      verified: false,
    });
  });

  it('is refused, and is that for good, when the document is invalid; with where', () => {
    const content = offer(trusted, { sequence: 6 }).content.replace('spend-limit]', 'spend-limitt]');
    const decision = decide(offer(trusted, { sequence: 6, content }), afterFive);
    expect(decision).toMatchObject({ kind: 'refuse', verified: true });
    expect(decision).toHaveProperty('why', expect.stringMatching(/^invalid: E\d+ at line 7, column \d+: /));
  });

  it('is never taken of a name that objects have anyway', () => {
    const odd = offer(trusted, { sequence: 1, configuration_id: 'constructor' });
    expect(decide(odd, afterFive)).toEqual({ kind: 'apply' });
  });
});

describe('what is on the disk of the gateway', () => {
  it('is intact when one of the keys signed it and the content is what was signed', () => {
    expect(isIntact(five, [nameless.jwk, trusted.jwk])).toBe(true);
    expect(isIntact(five, [nameless.jwk])).toBe(false);
    expect(isIntact(five, [stranger.jwk])).toBe(false);
    expect(isIntact({ ...five, content: `${five.content} ` }, [trusted.jwk])).toBe(false);
  });
});

describe('of any messages in any order', () => {
  const genuine = Array.from({ length: 12 }, (_, i) => offer(trusted, { sequence: i + 1 }));
  const wrongNames: readonly Key[] = [{ ...signingKey().jwk, kid: 'key-1' }];

  const anyGenuine = fc.constantFrom(...genuine);
  const forgery = anyGenuine.map((real) => ({ ...real, signature: signatureOf(stranger, real.manifest) }));
  const renamed = anyGenuine.map((real) => ({
    ...real,
    signature: { ...real.signature, kid: 'key-9' },
  }));
  const flipped = fc.tuple(anyGenuine, fc.nat(63)).map(([real, at]) => {
    const bytes = Buffer.from(real.signature.value, 'base64url');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return { ...real, signature: { ...real.signature, value: bytes.toString('base64url') } };
  });
  const otherField = fc
    .tuple(anyGenuine, fc.constantFrom('version_id', 'configuration_id', 'issued_at', 'commit'), fc.string())
    .map(([real, field, text]) => ({
      ...real,
      manifest: { ...real.manifest, [field]: `${real.manifest[field as 'version_id']}${text}x` },
    }));
  const raisedSequence = fc.tuple(anyGenuine, fc.integer({ min: 1, max: 1e6 })).map(([real, by]) => ({
    ...real,
    manifest: { ...real.manifest, sequence: real.manifest.sequence + by },
  }));
  const swapped = fc
    .tuple(anyGenuine, anyGenuine)
    .map(([one, other]) => ({ ...one, content: other.content }));
  const ownContent = fc.tuple(anyGenuine, fc.string()).map(([real, text]) => {
    const content = `${real.content}# ${text}\n`;
    return { ...real, content, manifest: { ...real.manifest, content_hash: sha256Hex(content) } };
  });
  const any: fc.Arbitrary<Offer> = fc.oneof(
    anyGenuine,
    forgery,
    renamed,
    flipped,
    otherField,
    raisedSequence,
    swapped,
    ownContent,
  );

  /** What the control plane said, word for word. */
  const said = new Set(genuine.map((real) => JSON.stringify(real)));
  const isGenuine = (message: Offer) => said.has(JSON.stringify(message));

  it('only genuine ones are applied, and never an older one after a newer one: 10,000 of them', () => {
    let applied = 0;
    let seen = 0;
    const runs = fc.array(any, { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(runs, (messages) => {
        let now = known();
        for (const message of messages) {
          seen++;
          if (decide(message, now).kind !== 'apply') continue;
          applied++;
          if (!isGenuine(message)) throw new Error(`applied what nobody signed: ${JSON.stringify(message)}`);
          const before = now.sequences['payments'] ?? 0;
          if (message.manifest.sequence <= before) throw new Error(`went back from ${before}`);
          now = known({ applied: message.manifest, sequences: { payments: message.manifest.sequence } });
        }
      }),
      { numRuns: 250 },
    );
    expect(seen).toBe(10_000);
    expect(applied).toBeGreaterThan(250);
  });

  it('nothing is news that a trusted key did not sign, whatever the key is called', () => {
    fc.assert(
      fc.property(any, (message) => {
        expect(judge(message, known({ keys: wrongNames })).kind).not.toBe('news');
      }),
      { numRuns: 500 },
    );
  });
});
