/** Codecs: what an item must look like to be believed. A row with anything else in it is a fault, not a guess. */
// `mini`: these run in every function, and the webhook's start must not pay for messages that nobody reads.
import * as z from 'zod/mini';
import type { Activation } from '../domain/activation.ts';
import type { Configuration } from '../domain/configuration.ts';
import { DRIFT_ENDS, DRIFT_KINDS, type Episode, type Said } from '../domain/drift.ts';
import { EVENT_TYPES, type Event } from '../domain/event.ts';
import { FAULT_CLASSES, UnreadableRow } from '../domain/fault.ts';
import type { Finding } from '../domain/finding.ts';
import type { Gateway } from '../domain/gateway.ts';
import type { Hold } from '../domain/hold.ts';
import type { Hook } from '../domain/hook.ts';
import type { Link, LinkError, TrackedFile } from '../domain/link.ts';
import { PROVIDERS } from '../domain/provider.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Announcement } from '../domain/reload.ts';
import { HEALTHS, type Report } from '../domain/report.ts';
import type { Sealed } from '../domain/sealed.ts';
import type { Source, SourceMemory } from '../domain/source.ts';
import { PERMISSIONS, ROLES, type Role, type Token } from '../domain/token.ts';
import type { Version, VersionRef } from '../domain/version.ts';
import type { Announced } from '../ports.ts';
import type { Item } from './dynamo.ts';

const KEYS = new Set(['pk', 'sk', 'lpk', 'lsk', 'wpk', 'wsk', 'expires']);

/** Reads the domain part of an item. Throws an `UnreadableRow` that names the item and the fields that are wrong. */
function codec<T>(kind: string, schema: z.ZodMiniType<T>): (item: Item) => T {
  return (item) => {
    const fields = Object.fromEntries(Object.entries(item).filter(([name]) => !KEYS.has(name)));
    const parsed = schema.safeParse(fields);
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues.map((issue) => `${issue.path.join('.')} (${issue.code})`);
    throw new UnreadableRow(
      `${kind} ${String(item['pk'])}/${String(item['sk'])} is not readable: ${where.join(', ')}`,
    );
  };
}

const text = z.string();
const optional = z.nullable(z.string());
const count = z.int().check(z.minimum(0));
const labels = z.record(z.string(), z.string());

const finding: z.ZodMiniType<Finding> = z.strictObject({
  code: text,
  severity: z.enum(['error', 'warning']),
  path: text,
  line: count,
  column: count,
  message: text,
  suggestion: text,
});
const faultClass = z.enum(FAULT_CLASSES);
const fileError = z.strictObject({ class: faultClass, message: text, findings: z.array(finding) });
const linkError: z.ZodMiniType<LinkError> = z.strictObject({
  class: faultClass,
  message: text,
  since: text,
  findings: z.array(finding),
});

export const readLink = codec<Link>(
  'link',
  z.strictObject({
    id: text,
    team: text,
    repoUrl: text,
    provider: z.enum(PROVIDERS),
    branch: text,
    path: text,
    username: optional,
    hasToken: z.boolean(),
    /** Absent in rows from before SSH, as is the generation. */
    deployKey: z._default(
      z.nullable(z.strictObject({ fingerprint: text, hostKeys: z.nullable(z.array(text)) })),
      null,
    ),
    credentialGeneration: z._default(count, 0),
    pollIntervalSeconds: count,
    autoCreateConfiguration: z.boolean(),
    configurationId: optional,
    sourceId: text,
    hookId: optional,
    createdAt: text,
    lastSync: optional,
    currentVersion: optional,
    configurationIds: z.array(text),
    error: z.nullable(linkError),
  }),
);

/** The row also names its link, which the key holds too: a path may contain any character. */
export const readFile = codec<TrackedFile & { linkId: string }>(
  'file',
  z.strictObject({
    linkId: text,
    path: text,
    blob: text,
    configurationId: optional,
    contentHash: optional,
    error: z.nullable(fileError),
  }),
);

export const readSource = codec<Source>(
  'source',
  z.strictObject({
    id: text,
    team: text,
    repoUrl: text,
    provider: z.enum(PROVIDERS),
    branch: text,
    hookId: optional,
    credentialLink: optional,
    username: optional,
    hostKeys: z._default(z.nullable(z.array(text)), null),
    intervalSeconds: count,
    links: count,
    wanted: count,
    done: count,
    epoch: count,
    leaseUntil: optional,
    tip: optional,
    recentTips: z.array(text),
    failures: count,
    dueAt: text,
    checkedAt: optional,
    /** Absent rather than NULL in the table, so that `if_not_exists` keeps the oldest. */
    hintedAt: z._default(optional, null),
  }),
);

export const readMemory = codec<SourceMemory>(
  'memory',
  z.strictObject({ commit: text, trees: z.record(z.string(), z.string()) }),
);

export const readSealed = codec<Sealed>(
  'sealed secret',
  z.strictObject({
    v: z.literal(1),
    key: text,
    wrapped: z.instanceof(Uint8Array),
    nonce: z.instanceof(Uint8Array),
    ciphertext: z.instanceof(Uint8Array),
  }),
);

export const readHook = codec<Hook>(
  'hook',
  z.strictObject({
    id: text,
    team: text,
    provider: z.enum(['github', 'gitlab', 'bitbucket', 'gitea']),
    repoUrl: text,
    secrets: z.array(
      z.strictObject({
        id: text,
        sealed: z.pipe(
          z.record(z.string(), z.unknown()),
          z.transform((sealed) => readSealed(sealed)),
        ),
        expiresAt: optional,
      }),
    ),
    repositoryId: optional,
    links: count,
  }),
);

const versionRef: z.ZodMiniType<VersionRef> = z.strictObject({
  id: text,
  number: count,
  contentHash: text,
  commit: optional,
});
const hold: z.ZodMiniType<Hold> = z.strictObject({ until: text, reason: text, actor: text, at: text });
const announcement: z.ZodMiniType<Announcement> = z.strictObject({
  manifest: z.strictObject({
    configuration_id: text,
    version_id: text,
    number: count,
    sequence: count,
    content_hash: text,
    commit: optional,
    issued_at: text,
  }),
  signature: z.strictObject({ kid: text, alg: z.literal('ES256'), value: text }),
});

export const readConfiguration = codec<Configuration>(
  'configuration',
  z.strictObject({
    id: text,
    team: text,
    name: text,
    description: text,
    labels,
    origin: z.nullable(z.strictObject({ linkId: text, path: text })),
    createdAt: text,
    updatedAt: text,
    deletedAt: optional,
    revision: count,
    versions: count,
    head: z.nullable(versionRef),
    active: z.nullable(versionRef),
    sequence: count,
    hold: z.nullable(hold),
    announced: z.nullable(announcement),
  }),
);

export const readVersion = codec<Version>(
  'version',
  z.strictObject({
    id: text,
    configurationId: text,
    number: count,
    contentHash: text,
    source: z.enum(['git', 'api']),
    commit: optional,
    blob: optional,
    author: optional,
    message: optional,
    packVersion: text,
    createdAt: text,
    summary: text,
  }),
);

const activation: z.ZodMiniType<Activation> = z.strictObject({
  actor: text,
  requestId: optional,
  reason: optional,
  heldUntil: optional,
  receivedAt: optional,
  fetchedAt: optional,
  publishedAt: optional,
  at: text,
});
/** Rows from before it was kept have none. */
const activationIf = z._default(z.nullable(activation), null);

export const readMark = codec(
  'mark',
  z.strictObject({
    configurationId: text,
    sequence: count,
    at: text,
    receivedAt: optional,
    reload: z.boolean(),
    activation: activationIf,
  }),
);

export const readAnnounced = codec<Announced>(
  'announced',
  z.strictObject({ announcement, since: count, activation: activationIf }),
);

export const readGateway = codec<Gateway>(
  'gateway',
  z.strictObject({
    id: text,
    team: text,
    name: text,
    configurationId: optional,
    boundAt: z._default(optional, null),
    publicKey: optional,
    labels,
    queueName: text,
    tokenId: text,
    createdAt: text,
  }),
);

export const readBinding = codec('binding', z.strictObject({ id: text, queueName: text }));

const said: z.ZodMiniType<Said> = z.strictObject({ contentHash: optional, from: text, to: text });
const driftShape = {
  kind: z.enum(DRIFT_KINDS),
  configurationId: text,
  since: text,
  expected: text,
  sequence: count,
  said: z.tuple([said], said),
  resends: count,
  resendAt: text,
  persistsSince: optional,
  turn: count,
} as const;

export const readEpisode = codec<Episode>(
  'drift episode',
  z.strictObject({
    ...driftShape,
    gatewayId: text,
    until: optional,
    ended: z.nullable(z.enum(DRIFT_ENDS)),
  }),
);

export const readReport = codec<Report>(
  'report',
  z.strictObject({
    gatewayId: text,
    contentHash: optional,
    sequence: z.nullable(count),
    versionId: optional,
    health: z.nullable(z.enum(HEALTHS)),
    reason: optional,
    uptimeSeconds: z.nullable(count),
    since: text,
    at: text,
    heartbeatAt: optional,
    drift: z._default(z.nullable(z.strictObject(driftShape)), null),
    driftClearedAt: z._default(optional, null),
  }),
);

export const readReceipt = codec<Receipt>(
  'receipt',
  z.strictObject({
    id: text,
    configurationId: text,
    statement: z.strictObject({
      gateway_id: text,
      version_id: text,
      content_hash: text,
      sequence: count,
      state: z.enum(['applied', 'refused']),
      reason: optional,
      received_at: text,
      verified_at: optional,
      applied_at: optional,
    }),
    signature: text,
    publicKey: text,
    storedAt: text,
  }),
);

export const readToken = codec<Token>(
  'token',
  z.strictObject({
    id: text,
    name: text,
    hash: text,
    role: z.nullable(z.enum(Object.keys(ROLES) as [Role, ...Role[]])),
    permissions: z.array(z.enum(PERMISSIONS)),
    team: optional,
    gatewayId: optional,
    createdAt: text,
    createdBy: text,
    expiresAt: optional,
  }),
);

export const readEvent = codec<Event>(
  'event',
  z.strictObject({
    id: text,
    type: z.enum(EVENT_TYPES),
    at: text,
    actor: text,
    team: text,
    configurationId: z.exactOptional(text),
    versionId: z.exactOptional(text),
    linkId: z.exactOptional(text),
    gatewayId: z.exactOptional(text),
    requestId: z.exactOptional(text),
    detail: z.record(z.string(), z.unknown()),
  }),
);
