/** Decide: what a gateway does with a statement of what to run. It reads nothing and writes nothing. */
import type { Finding } from '../../lib/domain/finding.ts';
import { sha256Hex } from '../../lib/domain/ids.ts';
import { isSignedWith } from '../../lib/domain/jwk.ts';
import { type Announcement, type Manifest, manifestBytes } from '../../lib/domain/reload.ts';
import { checkDocument } from '../../lib/policy/check-document.ts';
import { highestOf, type Sequences } from './sequences.ts';
import type { Key, Offer } from './shapes.ts';
import { oneLine } from './why.ts';

/** What a gateway knows when it decides. */
export interface Known {
  readonly keys: readonly Key[];
  /** What was applied last. */
  readonly applied: Manifest | null;
  /** The highest sequence applied of each configuration: what the gateway goes back to is no older. */
  readonly sequences: Sequences;
}

export type Judgement =
  /** It is genuine, and not what was applied last. */
  | { readonly kind: 'news' }
  | { readonly kind: 'applied already' }
  | { readonly kind: 'older'; readonly why: string }
  | { readonly kind: 'unknown key'; readonly why: string }
  | { readonly kind: 'forged'; readonly why: string };

/** A message in the queue is judged by this alone. */
export function judge(announcement: Announcement, { keys, applied, sequences }: Known): Judgement {
  const { manifest, signature } = announcement;
  if (applied && isSame(manifest, applied)) return { kind: 'applied already' };
  const key = keys.find(({ kid }) => kid === signature.kid);
  if (!key)
    return {
      kind: 'unknown key',
      why: oneLine(`it is signed with ${signature.kid}, which is not a key that is trusted`),
    };
  if (!isSigned(announcement, key)) return { kind: 'forged', why: 'its signature does not verify' };
  const newest = highestOf(sequences, manifest.configuration_id);
  const { sequence } = manifest;
  if (newest !== undefined && sequence < newest)
    return { kind: 'older', why: `its sequence ${sequence} is older than ${newest}, which was applied` };
  if (sequence === newest && isOther(manifest, applied))
    return { kind: 'forged', why: `there are two statements of sequence ${sequence}` };
  return { kind: 'news' };
}

export type Decision =
  | { readonly kind: 'apply' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown key'; readonly why: string }
  /** `verified`: it is genuine, and still not to be run. Then nothing but another version changes that. */
  | { readonly kind: 'refuse'; readonly why: string; readonly verified: boolean };

/** What the API says must run is judged by this. */
export function decide(offer: Offer, known: Known): Decision {
  const judgement = judge(offer, known);
  if (judgement.kind === 'applied already') return { kind: 'nothing' };
  if (judgement.kind === 'unknown key') return judgement;
  if (judgement.kind !== 'news') return { kind: 'refuse', why: judgement.why, verified: false };
  const content = Buffer.from(offer.content, 'utf8');
  if (sha256Hex(content) !== offer.manifest.content_hash)
    return { kind: 'refuse', why: 'the content does not have the hash that is signed', verified: false };
  const check = checkDocument(content);
  if (check.kind === 'invalid') return { kind: 'refuse', why: invalid(check.findings), verified: true };
  return { kind: 'apply' };
}

function isSigned({ manifest, signature }: Announcement, key: Key): boolean {
  return signature.alg === 'ES256' && isSignedWith(key, manifestBytes(manifest), signature.value);
}

/** Whether what was put on our own disk is still what was verified then. */
export function isIntact(offer: Offer, keys: readonly Key[]): boolean {
  const key = keys.find(({ kid }) => kid === offer.signature.kid);
  return (
    key !== undefined && isSigned(offer, key) && sha256Hex(offer.content) === offer.manifest.content_hash
  );
}

/** The same statement of what to run, whoever signed it. */
export function isSame(a: Manifest, b: Manifest): boolean {
  return (
    a.configuration_id === b.configuration_id &&
    a.sequence === b.sequence &&
    a.content_hash === b.content_hash
  );
}

/** Of the same configuration, other bytes. */
function isOther(manifest: Manifest, applied: Manifest | null): boolean {
  return (
    applied?.configuration_id === manifest.configuration_id && applied.content_hash !== manifest.content_hash
  );
}

function invalid(findings: readonly Finding[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (!first) return 'the document is not valid';
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  return oneLine(
    `invalid: ${first.code} at line ${first.line}, column ${first.column}: ${first.message}${more}`,
  );
}
