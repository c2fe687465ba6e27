/** A gateway's side of receipts: a key pair, and statements signed with it. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { receiptBytes, type Statement } from '../../lib/domain/receipt.ts';
import type { Manifest } from '../../lib/domain/reload.ts';

export type SigningGateway = ReturnType<typeof signingGateway>;

export function signingGateway() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    pem: String(publicKey.export({ type: 'spki', format: 'pem' })),

    /** As it is posted. */
    signed: (statement: Statement) => ({
      ...statement,
      signature: sign(null, receiptBytes(statement), privateKey).toString('base64url'),
    }),
  };
}

type Told = Pick<Manifest, 'version_id' | 'content_hash' | 'sequence'>;

const AT = '2026-03-01T12:00:00.000Z';

export function applied(gateway_id: string, { version_id, content_hash, sequence }: Told): Statement {
  const about = { gateway_id, version_id, content_hash, sequence };
  return { ...about, state: 'applied', reason: null, received_at: AT, verified_at: AT, applied_at: AT };
}

export function refused(gateway_id: string, told: Told, reason = 'no room on the disk'): Statement {
  return { ...applied(gateway_id, told), state: 'refused', reason, applied_at: null };
}
