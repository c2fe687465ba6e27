/** Verify a proof: offline, from the bundle and the keys alone. What the bundle says of itself is not asked. */
import { createHash, createPublicKey } from 'node:crypto';
import { isSignedWith, type PublicJwk, sameKey } from './jwk.ts';
import { bodySha256, type Proof, type ProvenGateway, sealBytes } from './proof.ts';
import { isSignedBy, type Statement } from './receipt.ts';
import { manifestBytes } from './reload.ts';
import { OFFLINE_SECONDS } from './report.ts';

/** Those that only sign manifests, and those that only sign proofs: neither is taken for the other. */
export interface TrustedKeys {
  readonly manifest: readonly PublicJwk[];
  readonly proof: readonly PublicJwk[];
}

/** A gateway that somebody knows of by other ways. */
export interface ExpectedGateway {
  readonly id: string;
  /** SHA-256 of its public key (SPKI, DER) in hex; null when any key will do. */
  readonly fingerprint: string | null;
}

export interface Asked {
  /** Null takes those in the bundle: then it only shows that the bundle agrees with itself. */
  readonly keys: TrustedKeys | null;
  readonly expected: readonly ExpectedGateway[] | null;
}

export interface GatewayVerdict {
  readonly id: string;
  readonly name: string;
  readonly proven: boolean;
  /** Why it is not. */
  readonly why: string | null;
}

export interface Verdict {
  /** Everything is signed by whom it must be signed, and agrees with everything else. */
  readonly valid: boolean;
  /** Valid, and every gateway of the roster is proven to have run the version when the roster was taken. */
  readonly converged: boolean;
  readonly problems: readonly string[];
  readonly gateways: readonly GatewayVerdict[];
}

/** Clocks of the control plane's machines may differ by so much. */
const SKEW_MS = 5000;

export function verifyProof(proof: Proof, { keys, expected }: Asked): Verdict {
  const problems = [
    ...signatureProblems(proof, keys),
    ...agreementProblems(proof),
    ...rosterProblems(proof),
    ...proof.roster.gateways.flatMap((gateway) => receiptProblems(gateway)),
    ...(expected === null ? [] : expectedProblems(proof, expected)),
  ];
  const gateways = proof.roster.gateways.map((gateway) => verdictOn(gateway, proof));
  const valid = problems.length === 0;
  // Of no gateway nothing is shown.
  const converged = valid && gateways.length > 0 && gateways.every(({ proven }) => proven);
  return { valid, converged, problems, gateways };
}

function signatureProblems({ manifest, signature, seal, keys: carried }: Proof, keys: TrustedKeys | null) {
  const trusted = keys ?? {
    manifest: carried.manifest ? [carried.manifest] : [],
    proof: carried.proof ? [carried.proof] : [],
  };
  const problems: string[] = [];
  const check = (
    what: string,
    among: readonly PublicJwk[],
    own: PublicJwk | null,
    bytes: Uint8Array,
    signed: typeof signature,
  ) => {
    const key = among.find(({ kid }) => kid === signed.kid);
    if (!key) problems.push(`${what}: signed with key ${signed.kid}, which is not among the keys for it`);
    else if (!isSignedWith(key, bytes, signed.value)) problems.push(`${what}: the signature does not verify`);
    if (key && own && !sameKey(key, own))
      problems.push(`${what}: the bundle carries another key than the one it is verified with`);
  };
  check('manifest', trusted.manifest, carried.manifest, manifestBytes(manifest), signature);
  check('roster', trusted.proof, carried.proof, sealBytes(seal.statement), seal.signature);
  return problems;
}

/** The seal is over a hash of all the rest, and says what it is of: both must be so. */
function agreementProblems(proof: Proof): string[] {
  const { manifest, version, seal, roster } = proof;
  const { statement } = seal;
  const problems: string[] = [];
  if (statement.body_sha256 !== bodySha256(proof))
    problems.push('roster: something in the bundle is not what was signed');
  for (const field of ['configuration_id', 'version_id', 'content_hash', 'sequence'] as const) {
    if (statement[field] !== manifest[field])
      problems.push(`roster: it was taken for another ${field} than the manifest's`);
  }
  if (version.commit !== manifest.commit) problems.push('version: its commit is not the manifest’s');
  if (statement.gateways !== roster.gateways.length)
    problems.push(
      `roster: ${statement.gateways} gateways were signed for, ${roster.gateways.length} are here`,
    );
  if (roster.since_sequence < 1 || roster.since_sequence > manifest.sequence)
    problems.push('roster: since_sequence is not between 1 and the manifest’s sequence');
  return problems;
}

function rosterProblems({ roster, seal }: Proof): string[] {
  const problems: string[] = [];
  roster.gateways.forEach(({ id }, index) => {
    const before = roster.gateways[index - 1];
    if (before && before.id >= id) problems.push(`roster: gateway ${id} is there twice, or out of order`);
  });
  const times = [roster.read_from, roster.read_to, seal.statement.taken_at].map((time) => Date.parse(time));
  const [from = Number.NaN, to = Number.NaN, taken = Number.NaN] = times;
  if (!(from <= to && Math.abs(taken - to) <= SKEW_MS))
    problems.push('roster: its times contradict one another');
  return problems;
}

/** A receipt that the gateway did not sign has no place in a bundle, whether or not it is needed. */
function receiptProblems({ id, public_key: key, receipt }: ProvenGateway): string[] {
  if (receipt === null) return [];
  if (receipt.gateway_id !== id) return [`gateway ${id}: its receipt is another gateway's`];
  if (key === null || signedWithIt(key, receipt)) return [];
  return [`gateway ${id}: its receipt does not verify with its public key`];
}

function signedWithIt(publicKey: string, { signature, stored_at: _ours, ...statement }: Receipt): boolean {
  try {
    return isSignedBy(publicKey, statement satisfies Statement, signature);
  } catch {
    return false;
  }
}

type Receipt = NonNullable<ProvenGateway['receipt']>;

function expectedProblems({ roster }: Proof, expected: readonly ExpectedGateway[]): string[] {
  const byId = new Map(roster.gateways.map((gateway) => [gateway.id, gateway]));
  return expected.flatMap(({ id, fingerprint }) => {
    const gateway = byId.get(id);
    if (!gateway) return [`gateway ${id}: expected, and not in the roster`];
    if (fingerprint === null || fingerprintOf(gateway.public_key) === fingerprint) return [];
    return [`gateway ${id}: its public key is not the one that is expected`];
  });
}

/** SHA-256 of the key (SPKI, DER) in lower-case hex; null for what is no key. */
export function fingerprintOf(publicKey: string | null): string | null {
  if (publicKey === null) return null;
  try {
    const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(der).digest('hex');
  } catch {
    return null;
  }
}

function verdictOn(gateway: ProvenGateway, proof: Proof): GatewayVerdict {
  const why = doubtAbout(gateway, proof);
  return { id: gateway.id, name: gateway.name, proven: why === null, why };
}

/** Why it is not shown to have run the version when the roster was taken; null when it is. */
function doubtAbout({ public_key: key, receipt, heard, id }: ProvenGateway, proof: Proof): string | null {
  const { manifest, roster, seal } = proof;
  if (key === null) return 'has no key, so nothing it says is proof';
  if (receipt === null) return 'has signed no receipt';
  if (receipt.gateway_id !== id || !signedWithIt(key, receipt)) return 'its receipt is not signed by it';
  const told = receipt.sequence >= roster.since_sequence && receipt.sequence <= manifest.sequence;
  const same = receipt.sequence !== manifest.sequence || receipt.version_id === manifest.version_id;
  if (!told || !same || receipt.content_hash !== manifest.content_hash)
    return `its last receipt is for something else (version ${receipt.version_id}, sequence ${receipt.sequence})`;
  if (receipt.state === 'refused') return `refused it: ${receipt.reason ?? 'it gave no reason'}`;
  if (receipt.applied_at === null) return 'its receipt does not say when it applied it';
  if (heard === null) return 'was never heard since it was bound';
  const taken = Date.parse(seal.statement.taken_at);
  const silence = taken - Date.parse(heard.at);
  if (!(silence <= OFFLINE_SECONDS * 1000))
    return `was not heard since ${heard.at}: nobody knows what it runs`;
  if (silence < -SKEW_MS) return `was heard after the roster was taken (${heard.at})`;
  if (heard.content_hash !== manifest.content_hash)
    return heard.content_hash === null
      ? 'last said that it runs nothing'
      : `last said that it runs ${heard.content_hash}`;
  return null;
}
