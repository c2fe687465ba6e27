/** Receipts: what this gateway decided, signed with its own key. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { receiptBytes, receiptId, type Statement } from '../../lib/domain/receipt.ts';
import type { SignedReceipt } from './shapes.ts';

export type SignReceipt = (statement: Statement) => SignedReceipt;

/** Throws for what is not an Ed25519 private key in PEM form. */
export function signerOf(pem: string): SignReceipt {
  const key: KeyObject = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is not an Ed25519 key');
  return (statement) => ({
    ...statement,
    signature: sign(null, receiptBytes(statement), key).toString('base64url'),
  });
}

export const idOf = (receipt: SignedReceipt): string => receiptId(receipt);
