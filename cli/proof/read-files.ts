/** Read what a proof is verified with: the proof itself, trusted keys, and the gateways that are expected. */
import * as z from 'zod';
import type { PublicJwk } from '../../lib/domain/jwk.ts';
import { type Proof, parseProof } from '../../lib/domain/proof.ts';
import type { ExpectedGateway, TrustedKeys } from '../../lib/domain/verify-proof.ts';
import { clean } from '../clean.ts';
import { usage } from '../failure.ts';
import { STDIN } from '../lint/find-documents.ts';
import { readBounded, readStream } from '../lint/read-bounded.ts';
import { repeatsAName } from './repeats-a-name.ts';

/** An answer of the API is smaller. */
const LARGEST_PROOF = 16 * 1024 * 1024;
const LARGEST_LIST = 4 * 1024 * 1024;

export async function readProof(file: string, stdin: AsyncIterable<unknown>): Promise<Proof> {
  const text = await textOf(file, LARGEST_PROOF, stdin);
  const proof = parseProof(parseJson(file, text));
  if ('wrong' in proof)
    throw usage(`${clean(file)} is not a proof that this kt can read: ${clean(proof.wrong)}`);
  if (repeatsAName(text, proof))
    throw usage(
      `${clean(file)} is not a proof that this kt can read: it has the same name twice in one object`,
    );
  return proof;
}

const KEY_SET = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: z.string(),
      y: z.string(),
      kid: z.string(),
      purpose: z.string().optional(),
    }),
  ),
});

/** A key that says it is for proofs is for nothing else, and one that does not is for manifests. */
export async function readKeys(
  files: readonly string[],
  stdin: AsyncIterable<unknown>,
): Promise<TrustedKeys> {
  const keys = { manifest: [] as PublicJwk[], proof: [] as PublicJwk[] };
  for (const file of files) {
    const parsed = KEY_SET.safeParse(parseJson(file, await textOf(file, LARGEST_LIST, stdin)));
    if (!parsed.success)
      throw usage(`--keys: ${clean(file)} is not a set of P-256 keys (JWK), as /v1/keys answers`);
    for (const { purpose, ...key } of parsed.data.keys)
      keys[purpose === 'proof' ? 'proof' : 'manifest'].push({ ...key, use: 'sig', alg: 'ES256' });
  }
  return keys;
}

const EXPECTED = /^(\S{1,200})(?:\s+(?:sha256:)?([0-9a-f]{64}))?$/i;

/** A line for each: its id and, if known, the SHA-256 of its public key. Empty lines, and what follows `#`, are nothing. */
export async function readExpected(
  file: string,
  stdin: AsyncIterable<unknown>,
): Promise<readonly ExpectedGateway[]> {
  const lines = (await textOf(file, LARGEST_LIST, stdin)).split(/\r?\n/);
  const expected = lines.flatMap((line, index) => {
    const said = line.replace(/#.*/, '').trim();
    if (said === '') return [];
    const [, id, fingerprint] = EXPECTED.exec(said) ?? [];
    if (id !== undefined) return [{ id, fingerprint: fingerprint?.toLowerCase() ?? null }];
    throw usage(
      `--expect-gateways: line ${index + 1} of ${clean(file)} is not a gateway's id, or an id and the SHA-256 of its key`,
    );
  });
  if (expected.length === 0) throw usage(`--expect-gateways: ${clean(file)} names no gateway`);
  return expected;
}

async function textOf(file: string, limit: number, stdin: AsyncIterable<unknown>): Promise<string> {
  const read = await (file === STDIN ? readStream(stdin, limit) : readBounded(file, limit));
  if (read.kind === 'unreadable') throw usage(`${clean(file)} cannot be read: ${read.why}`);
  if (read.bytes.length > limit) throw usage(`${clean(file)} is larger than ${limit / 1024 / 1024} MiB`);
  return Buffer.from(read.bytes).toString('utf8');
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usage(`${clean(file)} is not JSON`);
  }
}
