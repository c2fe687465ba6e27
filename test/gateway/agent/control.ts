/** A control plane's keys, and statements signed with them. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Key, Offer } from '../../../gateway/agent/shapes.ts';
import { sha256Hex } from '../../../lib/domain/ids.ts';
import { type Manifest, manifestBytes, type ReloadMessage } from '../../../lib/domain/reload.ts';
import { policy } from '../../support/world.ts';

export interface SigningKey {
  readonly jwk: Key;
  readonly privateKey: KeyObject;
}

export function signingKey(kid = 'key-1'): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return { jwk: { kty: 'EC', crv: 'P-256', x, y, kid, use: 'sig', alg: 'ES256' }, privateKey };
}

export interface Wish extends Partial<Manifest> {
  /** Also what varies in the document, unless there is `content`. */
  readonly sequence: number;
  readonly content?: string;
}

/** What the API answers when it is asked what must run. */
export function offer(key: SigningKey, { content: wished, ...wish }: Wish): Offer {
  const configuration_id = wish.configuration_id ?? 'payments';
  const content = wished ?? policy({ id: configuration_id, limit: wish.sequence });
  const manifest: Manifest = {
    configuration_id,
    version_id: `ver_${configuration_id}${wish.sequence}`,
    number: wish.sequence,
    content_hash: sha256Hex(content),
    commit: 'c0ffee',
    issued_at: '2026-03-01T12:00:00.000Z',
    ...wish,
  };
  return { manifest, signature: signatureOf(key, manifest), content };
}

export function signatureOf({ jwk, privateKey }: SigningKey, manifest: Manifest) {
  const value = sign('sha256', manifestBytes(manifest), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return { kid: jwk.kid, alg: 'ES256' as const, value: value.toString('base64url') };
}

export const messageOf = ({ manifest, signature }: Pick<Offer, 'manifest' | 'signature'>): ReloadMessage => ({
  type: 'reload',
  manifest,
  signature,
});
