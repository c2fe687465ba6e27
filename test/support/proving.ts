/** A control plane that proves: its two keys, a fleet that signed, and bundles that may be sealed anew after anything was done to them. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Configuration, newConfiguration } from '../../lib/domain/configuration.ts';
import type { Standing } from '../../lib/domain/convergence.ts';
import type { PublicJwk } from '../../lib/domain/jwk.ts';
import { bodySha256, type Proof, sealBytes } from '../../lib/domain/proof.ts';
import { receiptId, type Statement } from '../../lib/domain/receipt.ts';
import { type Manifest, manifestBytes, type Signature } from '../../lib/domain/reload.ts';
import type { Version } from '../../lib/domain/version.ts';
import { type ProveOutcome, prove } from '../../lib/pipeline/prove.ts';
import { applied, type SigningGateway, signingGateway } from './signing-gateway.ts';

export const NOW = '2026-03-01T12:00:10.000Z';
const ANNOUNCED_AT = '2026-03-01T12:00:00.000Z';
const HASH = 'ab'.repeat(32);

/** As the table hands them out. */
const PAGE = 1000;

export const MANIFEST: Manifest = {
  configuration_id: 'cfg',
  version_id: 'ver_2',
  number: 2,
  sequence: 5,
  content_hash: HASH,
  commit: 'c'.repeat(40),
  issued_at: ANNOUNCED_AT,
};

const VERSION: Version = {
  id: 'ver_2',
  configurationId: 'cfg',
  number: 2,
  contentHash: HASH,
  source: 'git',
  commit: MANIFEST.commit,
  blob: 'b'.repeat(40),
  author: 'Ada <ada@example.com>',
  message: 'stricter',
  packVersion: '1.0.0',
  createdAt: ANNOUNCED_AT,
  summary: 'one change',
};

/** A pair on P-256 that signs as KMS does. */
export function p256(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y, kid, use: 'sig', alg: 'ES256' };
  return { jwk, signature: (bytes: Uint8Array) => signatureOf(privateKey, kid, bytes) };
}

function signatureOf(key: KeyObject, kid: string, bytes: Uint8Array): Signature {
  const value = sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return { kid, alg: 'ES256', value };
}

export interface Member {
  readonly standing: Standing;
  readonly keys: SigningGateway;
}

/** A gateway that applied the version and said so three seconds ago. */
export function member(id: string, statement: Partial<Statement> = {}): Member {
  const keys = signingGateway();
  const { signature, ...signed } = keys.signed({ ...applied(id, MANIFEST), ...statement });
  const at = '2026-03-01T12:00:07.000Z';
  return {
    keys,
    standing: {
      id,
      gateway: {
        id,
        team: 'default',
        name: `name of ${id}`,
        configurationId: 'cfg',
        boundAt: '2026-03-01T11:00:00.000Z',
        publicKey: keys.pem,
        labels: {},
        queueName: id,
        tokenId: id,
        createdAt: ANNOUNCED_AT,
      },
      report: {
        gatewayId: id,
        contentHash: HASH,
        sequence: MANIFEST.sequence,
        versionId: MANIFEST.version_id,
        health: 'healthy',
        reason: null,
        uptimeSeconds: 9,
        since: at,
        at,
        heartbeatAt: at,
        drift: null,
        driftClearedAt: null,
      },
      receipt: {
        id: receiptId(signed),
        configurationId: 'cfg',
        statement: signed,
        signature,
        publicKey: keys.pem,
        storedAt: '2026-03-01T12:00:01.000Z',
      },
    },
  };
}

/** What is said of a gateway, altered. */
export function but(
  { standing, keys }: Member,
  altered: { report?: Partial<Standing['report']> | null; gateway?: Partial<Standing['gateway']> },
): Member {
  const { report, gateway } = standing;
  if (!report || !gateway) throw new Error('a member has both');
  return {
    keys,
    standing: {
      ...standing,
      gateway: { ...gateway, ...altered.gateway },
      report: altered.report === null ? null : { ...report, ...altered.report },
    },
  };
}

export function controlPlane() {
  const signing = p256('signing');
  const sealing = p256('sealing');
  const signature = signing.signature(manifestBytes(MANIFEST));
  const configuration: Configuration = {
    ...newConfiguration('cfg', 'default', { name: 'cfg', description: '', labels: {} }, ANNOUNCED_AT),
    active: { id: 'ver_2', number: 2, contentHash: HASH, commit: MANIFEST.commit },
    sequence: MANIFEST.sequence,
    announced: { manifest: MANIFEST, signature },
  };
  const announced = { announcement: { manifest: MANIFEST, signature }, since: 4, activation: null };

  /** `now` and `bound` are what is found after the roster was read. */
  async function outcome(
    fleet: readonly Member[],
    now = configuration,
    bound = fleet,
  ): Promise<ProveOutcome> {
    return prove(configuration, VERSION, {
      configurations: { find: async () => now },
      announcements: { at: async () => announced },
      gateways: {
        standings: async (_id, after) => {
          const from = Number(after ?? 0);
          const items = fleet.slice(from, from + PAGE).map(({ standing }) => standing);
          return { items, next: from + PAGE < fleet.length ? String(from + PAGE) : null };
        },
        bound: async (_id, after) => {
          const from = Number(after ?? 0);
          const items = bound.slice(from, from + PAGE).map(({ standing: { id } }) => ({ id, queueName: id }));
          return { items, next: from + PAGE < bound.length ? String(from + PAGE) : null };
        },
      },
      signingKeys: { list: async () => [signing.jwk] },
      proofKeys: { list: async () => [sealing.jwk] },
      proofSigner: { sign: async (bytes) => sealing.signature(bytes) },
      clock: { now: () => new Date(NOW) },
    });
  }

  return {
    signing,
    sealing,
    configuration,
    outcome,
    keys: { manifest: [signing.jwk], proof: [sealing.jwk] },
    async proof(...fleet: readonly Member[]): Promise<Proof> {
      const made = await outcome(fleet);
      if (made.kind !== 'proof') throw new Error(made.kind);
      return made.proof;
    },
    /** As whoever has the key for proofs could, and nobody else. */
    resealed(proof: Proof, more: Partial<Proof['seal']['statement']> = {}): Proof {
      const gateways = proof.roster.gateways.length;
      const body_sha256 = bodySha256(proof);
      const statement = { ...proof.seal.statement, gateways, body_sha256, ...more };
      return { ...proof, seal: { statement, signature: sealing.signature(sealBytes(statement)) } };
    },
  };
}
