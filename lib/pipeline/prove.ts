/** Prove: gather, at one moment, what shows that the gateways of a configuration run what is active. */
import type { Configuration } from '../domain/configuration.ts';
import { type Goal, judge, type Standing, sinceBound } from '../domain/convergence.ts';
import {
  bodySha256,
  MOST_GATEWAYS_PROVEN,
  PROOF_FORMAT,
  type Proof,
  type ProvenGateway,
  type Seal,
  sealBytes,
} from '../domain/proof.ts';
import type { Announcement } from '../domain/reload.ts';
import type { Version } from '../domain/version.ts';
import type {
  Announcements,
  BoundGateway,
  Clock,
  Configurations,
  Gateways,
  Page,
  Signer,
  SigningKeys,
} from '../ports.ts';
import { goalOf } from './converge.ts';

export interface ProvePorts {
  readonly configurations: Pick<Configurations, 'find'>;
  readonly announcements: Pick<Announcements, 'at'>;
  readonly gateways: Pick<Gateways, 'standings' | 'bound'>;
  readonly signingKeys: SigningKeys;
  readonly proofSigner: Signer;
  readonly proofKeys: SigningKeys;
  readonly clock: Clock;
}

export type ProveOutcome =
  | { readonly kind: 'proof'; readonly proof: Proof }
  /** What gateways ran earlier is in their history; a roster can only be of now. */
  | { readonly kind: 'not active' }
  | { readonly kind: 'not announced' }
  | { readonly kind: 'too many gateways' }
  /** Another version was put in force, or a gateway bound or let go, while the roster was read. */
  | { readonly kind: 'changed meanwhile' };

export async function prove(
  configuration: Configuration,
  version: Version,
  ports: ProvePorts,
): Promise<ProveOutcome> {
  const { announced, sequence } = configuration;
  if (configuration.active?.id !== version.id) return { kind: 'not active' };
  const goal = await goalOf(configuration, ports);
  if (announced === null || goal.since === null) return { kind: 'not announced' };
  const [activation, from] = [
    (await ports.announcements.at(configuration.id, sequence))?.activation ?? null,
    ports.clock.now(),
  ];
  const standings = await rosterOf(configuration.id, ports);
  if (standings === null) return { kind: 'too many gateways' };
  const after = await ports.configurations.find(configuration.id);
  if (after?.sequence !== sequence || after.deletedAt !== null) return { kind: 'changed meanwhile' };
  if (!(await areStillBound(standings, configuration.id, ports))) return { kind: 'changed meanwhile' };
  const to = ports.clock.now();
  const body = {
    format: PROOF_FORMAT,
    manifest: announced.manifest,
    signature: announced.signature,
    version: {
      source: version.source,
      commit: version.commit,
      author: version.author,
      message: version.message,
      created_at: version.createdAt,
      activated_by: activation?.actor ?? null,
      activated_at: activation?.at ?? null,
    },
    roster: {
      since_sequence: goal.since,
      read_from: from.toISOString(),
      read_to: to.toISOString(),
      gateways: standings.map((standing) => provenGateway(standing, goal, to)),
    },
  } as const;
  return { kind: 'proof', proof: await sealed(body, announced, to, ports) };
}

/** Null when there are more than a bundle holds. */
async function rosterOf(
  configurationId: string,
  { gateways }: ProvePorts,
): Promise<readonly Standing[] | null> {
  const all: Standing[] = [];
  let after: string | null = null;
  do {
    const page: Page<Standing> = await gateways.standings(configurationId, after);
    all.push(...page.items);
    if (all.length > MOST_GATEWAYS_PROVEN) return null;
    after = page.next;
  } while (after !== null);
  return all.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A gateway bound meanwhile, whose id is on a page that was read before, would be missing in what says that it is all. */
async function areStillBound(
  standings: readonly Standing[],
  configurationId: string,
  { gateways }: ProvePorts,
): Promise<boolean> {
  const left = new Set(standings.map(({ id }) => id));
  let after: string | null = null;
  do {
    const page: Page<BoundGateway> = await gateways.bound(configurationId, after);
    if (!page.items.every(({ id }) => left.delete(id))) return false;
    after = page.next;
  } while (after !== null);
  return left.size === 0;
}

function provenGateway(standing: Standing, goal: Goal, now: Date): ProvenGateway {
  const { id, gateway, receipt } = standing;
  const report = sinceBound(gateway, standing.report);
  const { state, since, reason } = judge(standing, goal, now);
  return {
    id,
    name: gateway?.name ?? id,
    public_key: gateway?.publicKey ?? null,
    receipt: receipt && {
      ...receipt.statement,
      signature: receipt.signature,
      stored_at: receipt.storedAt,
    },
    heard: report && {
      content_hash: report.contentHash,
      sequence: report.sequence,
      at: report.at,
      last_heartbeat: report.heartbeatAt,
    },
    standing: { state, since, reason },
  };
}

/** KMS takes 4 KiB: what is signed says what the bundle is of, and the hash of all that is in it. */
async function sealed(
  body: Omit<Proof, 'seal' | 'keys'>,
  { manifest, signature }: Announcement,
  now: Date,
  { proofSigner, proofKeys, signingKeys }: ProvePorts,
): Promise<Proof> {
  const statement: Seal = {
    configuration_id: manifest.configuration_id,
    version_id: manifest.version_id,
    content_hash: manifest.content_hash,
    sequence: manifest.sequence,
    gateways: body.roster.gateways.length,
    taken_at: now.toISOString(),
    body_sha256: bodySha256(body),
  };
  const [seal, manifestKeys, sealKeys] = await Promise.all([
    proofSigner.sign(sealBytes(statement)),
    signingKeys.list(),
    proofKeys.list(),
  ]);
  const keyFor = sealKeys.find(({ kid }) => kid === seal.kid);
  return {
    ...body,
    seal: { statement, signature: { ...seal } },
    keys: {
      manifest: manifestKeys.find(({ kid }) => kid === signature.kid) ?? null,
      proof: keyFor ? { ...keyFor, purpose: 'proof' } : null,
    },
  };
}
