/** A receipt: a gateway's signed statement of what it applied, or why it refused. */
import { createPublicKey, verify } from 'node:crypto';
import { derivedId } from './ids.ts';
import { signedBytes } from './signed-bytes.ts';

/** What is signed. The times are the gateway's own: they are kept, and nothing is decided by them. */
export interface Statement {
  readonly gateway_id: string;
  readonly version_id: string;
  readonly content_hash: string;
  readonly sequence: number;
  readonly state: 'applied' | 'refused';
  /** Why it refused; of what it applied, which kinds of the chain it lets through, null when there are none. */
  readonly reason: string | null;
  readonly received_at: string;
  /** Null when it did not get that far. */
  readonly verified_at: string | null;
  readonly applied_at: string | null;
}

export interface Receipt {
  /** Follows from what is signed, so the same receipt is one receipt however often it comes. */
  readonly id: string;
  readonly configurationId: string;
  readonly statement: Statement;
  /** Base64url, over `receiptBytes`. */
  readonly signature: string;
  /** What it was verified with: the gateway may have another key by now. */
  readonly publicKey: string;
  readonly storedAt: string;
}

const STATEMENT_FIELDS = [
  'gateway_id',
  'version_id',
  'content_hash',
  'sequence',
  'state',
  'reason',
  'received_at',
  'verified_at',
  'applied_at',
] as const satisfies readonly (keyof Statement)[];

/** The bytes that are signed: the statement, as `signedBytes` writes it, with its fields in the order above. */
export function receiptBytes(statement: Statement): Uint8Array {
  return signedBytes('kt-receipt-v1', statement, STATEMENT_FIELDS);
}

/** Whether the holder of `publicKey` (Ed25519; SPKI, PEM) signed the statement. */
export function isSignedBy(publicKey: string, statement: Statement, signature: string): boolean {
  const key = createPublicKey(publicKey);
  return verify(null, receiptBytes(statement), key, Buffer.from(signature, 'base64url'));
}

export function receiptId(statement: Statement): string {
  return derivedId('rct', Buffer.from(receiptBytes(statement)).toString('utf8'));
}
