/** Manage configurations: those that people create and feed through the API rather than from git. */
import { activateByHand, type Configuration, newConfiguration } from '../../domain/configuration.ts';
import { type Event, newEvent } from '../../domain/event.ts';
import type { Finding } from '../../domain/finding.ts';
import { sha256Hex, timeId } from '../../domain/ids.ts';
import { refOf, type Version } from '../../domain/version.ts';
import { checkDocument } from '../../policy/check-document.ts';
import type { Clock, Configurations, FanOutQueue, Gateways, Links, Versions } from '../../ports.ts';
import type { Caller } from '../activate.ts';
import { announce } from '../announce.ts';
import { summarize } from '../summarize.ts';

export interface ConfigurationPorts {
  readonly configurations: Configurations;
  readonly versions: Pick<Versions, 'content'>;
  readonly gateways: Gateways;
  readonly links: Pick<Links, 'find' | 'tracked'>;
  readonly fanOutQueue: FanOutQueue;
  readonly clock: Clock;
}

export interface ConfigurationWish {
  readonly id: string;
  readonly team: string;
  readonly name: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The policy document; null creates the configuration without a version. */
  readonly policyYaml: string | null;
}

export type ConfigurationOutcome =
  | { readonly kind: 'done'; readonly configuration: Configuration }
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[] }
  | { readonly kind: 'id taken' }
  /** Git feeds it: what is written here would be overridden. */
  | { readonly kind: 'fed by git'; readonly linkId: string }
  | { readonly kind: 'conflict' };

export async function createConfiguration(
  wish: ConfigurationWish,
  caller: Caller,
  ports: ConfigurationPorts,
): Promise<ConfigurationOutcome> {
  const now = ports.clock.now();
  const { id, team, policyYaml, ...settings } = wish;
  const before = await ports.configurations.find(id);
  if (before && (before.deletedAt === null || before.team !== team)) return { kind: 'id taken' };
  // A deleted one comes back with its versions: its numbers and its sequence go on.
  const revived = before && { ...before, ...settings, deletedAt: null, revision: before.revision + 1 };
  const base = revived ?? newConfiguration(id, team, settings, now.toISOString());
  const event = configurationEvent('configuration.created', base, caller, now, { name: wish.name });
  if (policyYaml !== null) {
    const outcome = await write(base, before, policyYaml, [event], caller, ports);
    return outcome.kind === 'conflict' ? { kind: 'id taken' } : outcome;
  }
  const created = before
    ? await ports.configurations.update(before, base, event)
    : await ports.configurations.create(base, event);
  return created ? { kind: 'done', configuration: base } : { kind: 'id taken' };
}

export interface ConfigurationPatch {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly policyYaml?: string | undefined;
}

const CONFLICT_RETRIES = 5;

/**
 * A new document becomes a new version and is active at once. A sync or an announcement that writes at the same
 * time is no reason to refuse: the change is made to what it left.
 */
export async function updateConfiguration(
  before: Configuration,
  patch: ConfigurationPatch,
  caller: Caller,
  ports: ConfigurationPorts,
): Promise<ConfigurationOutcome> {
  return persist(before, ports, (current) => attemptUpdate(current, patch, caller, ports));
}

/** Repeats `attempt` on what is there now for as long as it says that something else was written meanwhile. */
async function persist<Outcome extends { readonly kind: string }>(
  before: Configuration,
  { configurations }: ConfigurationPorts,
  attempt: (current: Configuration) => Promise<Outcome>,
): Promise<Outcome | { readonly kind: 'conflict' }> {
  let current: Configuration | null = before;
  for (let left = CONFLICT_RETRIES; left > 0 && current && current.deletedAt === null; left--) {
    const outcome = await attempt(current);
    if (outcome.kind !== 'conflict') return outcome;
    current = await configurations.find(before.id);
  }
  return { kind: 'conflict' };
}

async function attemptUpdate(
  before: Configuration,
  patch: ConfigurationPatch,
  caller: Caller,
  ports: ConfigurationPorts,
): Promise<ConfigurationOutcome> {
  const now = ports.clock.now();
  const after: Configuration = {
    ...before,
    name: patch.name ?? before.name,
    description: patch.description ?? before.description,
    labels: patch.labels ?? before.labels,
    updatedAt: now.toISOString(),
    revision: before.revision + 1,
  };
  const changed = Object.entries(patch).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const event = configurationEvent('configuration.updated', before, caller, now, { changed });
  if (patch.policyYaml !== undefined) {
    const linkId = await feederOf(before, ports);
    if (linkId !== null) return { kind: 'fed by git', linkId };
    return write({ ...after, origin: null, hold: null }, before, patch.policyYaml, [event], caller, ports);
  }
  const updated = await ports.configurations.update(before, after, event);
  return updated ? { kind: 'done', configuration: after } : { kind: 'conflict' };
}

async function write(
  base: Configuration,
  before: Configuration | null,
  policyYaml: string,
  events: readonly Event[],
  caller: Caller,
  ports: ConfigurationPorts,
): Promise<ConfigurationOutcome> {
  const content = Buffer.from(policyYaml, 'utf8');
  const check = checkDocument(content);
  if (check.kind === 'invalid') return { kind: 'invalid', findings: check.findings };
  const now = ports.clock.now();
  const contentHash = sha256Hex(content);
  if (before?.head?.contentHash === contentHash && before.active?.id === before.head.id) {
    const [event] = events;
    const updated = event ? await ports.configurations.update(before, base, event) : true;
    return updated ? { kind: 'done', configuration: base } : { kind: 'conflict' };
  }
  const version: Version = {
    id: timeId('ver', now),
    configurationId: base.id,
    number: base.versions + 1,
    contentHash,
    source: 'api',
    commit: null,
    blob: null,
    author: caller.actor,
    message: null,
    packVersion: check.document.pack.version,
    createdAt: now.toISOString(),
    summary: await summarize(content, base.active ?? base.head, ports.versions),
  };
  const moved = activateByHand(base, refOf(version), base.hold);
  const change = { ...moved, course: { ...moved.course, head: refOf(version) } };
  const about = { number: version.number, content_hash: contentHash };
  const result = await ports.configurations.move({
    before,
    after: base,
    change,
    publish: { version, content },
    lease: null,
    unsettle: null,
    events: [
      ...events,
      { ...configurationEvent('version.published', base, caller, now, about), versionId: version.id },
      {
        ...configurationEvent('version.activated', base, caller, now, {
          before: base.active?.id ?? null,
          sequence: change.course.sequence,
          reload: change.reload,
        }),
        versionId: version.id,
      },
    ],
    activation: {
      actor: caller.actor,
      requestId: caller.requestId,
      reason: null,
      heldUntil: null,
      receivedAt: now.toISOString(),
      fetchedAt: null,
      publishedAt: now.toISOString(),
      at: now.toISOString(),
    },
  });
  if (result !== 'moved') return { kind: 'conflict' };
  await announce(base.id, change.course.sequence, ports);
  const versions = base.versions + 1;
  return { kind: 'done', configuration: { ...base, ...change.course, versions } };
}

export type RemoveOutcome =
  | { readonly kind: 'removed' }
  | { readonly kind: 'fed by git'; readonly linkId: string }
  | { readonly kind: 'bound'; readonly gatewayId: string }
  | { readonly kind: 'conflict' };

/** The row, its versions and their content stay: they are the record of what was in force. */
export async function removeConfiguration(
  configuration: Configuration,
  caller: Caller,
  ports: ConfigurationPorts,
): Promise<RemoveOutcome> {
  return persist(configuration, ports, (current) => attemptRemoval(current, caller, ports));
}

async function attemptRemoval(
  configuration: Configuration,
  caller: Caller,
  ports: ConfigurationPorts,
): Promise<RemoveOutcome> {
  const linkId = await feederOf(configuration, ports);
  if (linkId !== null && !(await isGone(configuration, ports))) return { kind: 'fed by git', linkId };
  const [bound] = (await ports.gateways.bound(configuration.id, null)).items;
  if (bound) return { kind: 'bound', gatewayId: bound.id };
  const now = ports.clock.now();
  const event = configurationEvent('configuration.deleted', configuration, caller, now, {
    name: configuration.name,
  });
  const at = now.toISOString();
  const revision = configuration.revision + 1;
  const after = { ...configuration, origin: null, hold: null, deletedAt: at, updatedAt: at, revision };
  const removed = await ports.configurations.update(configuration, after, event);
  return removed ? { kind: 'removed' } : { kind: 'conflict' };
}

/** The link that feeds it. One that went without letting go feeds nothing, whatever the row says. */
async function feederOf({ origin }: Configuration, { links }: ConfigurationPorts): Promise<string | null> {
  return origin && (await links.find(origin.linkId)) ? origin.linkId : null;
}

/** Its file was deleted from a linked directory: deleting what it fed says that this was meant. */
async function isGone({ origin }: Configuration, { links }: ConfigurationPorts): Promise<boolean> {
  const link = origin && (await links.find(origin.linkId));
  if (!origin || !link?.path.endsWith('/')) return false;
  return (await links.tracked(link, origin.path))?.error?.class === 'not_found';
}

function configurationEvent(
  type:
    | 'configuration.created'
    | 'configuration.updated'
    | 'configuration.deleted'
    | 'version.published'
    | 'version.activated',
  { id, team }: Configuration,
  { actor, requestId }: Caller,
  now: Date,
  detail: Readonly<Record<string, unknown>>,
): Event {
  return newEvent(now, { type, actor, requestId, team, configurationId: id, detail });
}
