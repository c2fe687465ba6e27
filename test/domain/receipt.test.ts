/** The bytes of a receipt: the same for whoever signs and whoever verifies. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignedBy, receiptBytes, receiptId, type Statement } from '../../lib/domain/receipt.ts';
import { applied, refused, signingGateway } from '../support/signing-gateway.ts';

const told = { version_id: 'ver_1', content_hash: 'ab'.repeat(32), sequence: 3 };

const text = (statement: Statement) => Buffer.from(receiptBytes(statement)).toString('utf8');

describe('the bytes of a receipt', () => {
  it('are a label and the fields in their order, whatever order they come in', () => {
    const statement = refused('gw_1', told, 'a "quoted" \\ reason — ünïcode </script>');
    const turned = Object.fromEntries(Object.entries(statement).reverse()) as unknown as Statement;
    expect(text(turned)).toBe(
      [
        'kt-receipt-v1\n{"gateway_id":"gw_1","version_id":"ver_1",',
        `"content_hash":"${told.content_hash}","sequence":3,"state":"refused",`,
        '"reason":"a \\"quoted\\" \\\\ reason — ünïcode </script>",',
        '"received_at":"2026-03-01T12:00:00.000Z","verified_at":"2026-03-01T12:00:00.000Z","applied_at":null}',
      ].join(''),
    );
  });

  it('are signed as RFC 8032 says: the key of its first test vector gives a signature that is known', () => {
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
    const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const publicKey = createPublicKey(key);
    expect(publicKey.export({ format: 'jwk' }).x).toBe('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo');
    const statement = applied('gw_1', told);
    const signature = sign(null, receiptBytes(statement), key).toString('base64url');
    expect(signature).toBe(KNOWN);
    expect(isSignedBy(String(publicKey.export({ type: 'spki', format: 'pem' })), statement, KNOWN)).toBe(
      true,
    );
  });
});

/** Made by OpenSSL's command line. */
const KNOWN = 'fzq0lKbLueOCW0-yQrfGKNHsbMDGhK3dhMB1IsyhxlzOK8g72nZJSHdS-5VnDhzAM_auCfTcLG1MqG01713RCA';

describe('a signature', () => {
  it('is of one statement and one key: any other field, bit or key breaks it', () => {
    const gateway = signingGateway();
    const { signature, ...statement } = gateway.signed(refused('gw_1', told));
    expect(isSignedBy(gateway.pem, statement, signature)).toBe(true);
    expect(isSignedBy(signingGateway().pem, statement, signature)).toBe(false);
    for (const [field, value] of Object.entries(statement)) {
      const other = typeof value === 'number' ? value + 1 : `${value ?? ''}x`;
      expect([field, isSignedBy(gateway.pem, { ...statement, [field]: other }, signature)]).toEqual([
        field,
        false,
      ]);
    }
    const bytes = Buffer.from(signature, 'base64url');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 64 * 8 - 1 }), (bit) => {
        const altered = Buffer.from(bytes);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return !isSignedBy(gateway.pem, statement, altered.toString('base64url'));
      }),
    );
    expect(isSignedBy(gateway.pem, statement, '')).toBe(false);
  });

  it('does not name the receipt: what is signed does', () => {
    const statement = applied('gw_1', told);
    expect(receiptId({ ...statement })).toBe(receiptId(statement));
    expect(receiptId({ ...statement, sequence: 4 })).not.toBe(receiptId(statement));
    expect(receiptId({ ...statement, reason: 'null' })).not.toBe(receiptId(statement));
  });
});
