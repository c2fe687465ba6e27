/** Manage links: link a repository, change how it is read, unlink it. */
import { randomInt, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { newEvent } from '../../domain/event.ts';
import type { Hook } from '../../domain/hook.ts';
import { derivedId } from '../../domain/ids.ts';
import type { DeployKeyFacts, Link } from '../../domain/link.ts';
import type { Provider } from '../../domain/provider.ts';
import { credentialContext } from '../../domain/sealed.ts';
import { MOST_LINKS, type Source, sourceId } from '../../domain/source.ts';
import type {
  Clock,
  Configurations,
  Hooks,
  Links,
  LinkUpdate,
  Sealer,
  Sources,
  SyncQueue,
} from '../../ports.ts';
import { type Caller, lookNow } from '../activate.ts';
import { hookFor } from './hooks.ts';

export interface LinkPorts {
  readonly links: Links;
  readonly hooks: Hooks;
  readonly sources: Sources;
  readonly configurations: Configurations;
  readonly syncQueue: SyncQueue;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

/** A link as asked for: every field checked, defaults filled in. */
export interface LinkWish {
  readonly team: string;
  readonly repoUrl: string;
  readonly provider: Provider;
  readonly branch: string;
  readonly path: string;
  readonly username: string | null;
  readonly accessToken: string | null;
  /** For repositories read over SSH, and only for those. */
  readonly deployKey?: (DeployKeyFacts & { readonly privateKey: string }) | null;
  readonly pollIntervalSeconds: number;
  readonly autoCreateConfiguration: boolean;
  readonly configurationId: string | null;
}

export type LinkOutcome =
  | {
      readonly kind: 'linked';
      readonly link: Link;
      readonly source: Source;
      readonly hook: Hook | null;
      /** Given once: null when the repository had its hook already. */
      readonly secret: string | null;
    }
  | { readonly kind: 'linked already'; readonly linkId: string }
  | { readonly kind: 'no such configuration' }
  | { readonly kind: 'configuration is fed'; readonly by: string }
  /** Its webhook is another provider's: the deliveries of one repository are signed in one way. */
  | { readonly kind: 'other provider'; readonly provider: Provider }
  | { readonly kind: 'too many links' }
  | { readonly kind: 'conflict' };

const RETRIES = 3;

export async function createLink(wish: LinkWish, caller: Caller, ports: LinkPorts): Promise<LinkOutcome> {
  const id = derivedId('lnk', wish.team, wish.repoUrl, wish.branch, wish.path);
  const problem = await configurationProblem(id, wish, ports);
  if (problem) return problem;
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    const made = await attemptLink(id, wish, caller, ports);
    if (made) return made;
  }
  return { kind: 'conflict' };
}

type ConfigurationProblem = Extract<
  LinkOutcome,
  { kind: 'no such configuration' } | { kind: 'configuration is fed' }
>;

/** Why the link cannot feed the configuration it names; null when it can, or names none. */
async function configurationProblem(
  linkId: string,
  wish: Pick<Link, 'team' | 'configurationId' | 'autoCreateConfiguration'>,
  ports: LinkPorts,
): Promise<ConfigurationProblem | null> {
  if (wish.configurationId === null) return null;
  const found = await ports.configurations.find(wish.configurationId);
  const there = found?.team === wish.team && found.deletedAt === null ? found : null;
  const creatable = wish.autoCreateConfiguration && (!found || found.team === wish.team);
  if (!there && !creatable) return { kind: 'no such configuration' };
  const by = there?.origin?.linkId ?? linkId;
  // A link that went without letting go feeds nothing.
  const free = by === linkId || !(await ports.links.find(by));
  return free ? null : { kind: 'configuration is fed', by };
}

async function attemptLink(
  id: string,
  wish: LinkWish,
  caller: Caller,
  ports: LinkPorts,
): Promise<LinkOutcome | null> {
  const now = ports.clock.now();
  const { accessToken, deployKey, ...settings } = wish;
  const secret = deployKey?.privateKey ?? accessToken;
  const hook = await hookFor(wish, ports);
  if (hook && hook.hook.provider !== wish.provider)
    return { kind: 'other provider', provider: hook.hook.provider };
  const link: Link = {
    id,
    ...settings,
    hasToken: secret !== null,
    deployKey: deployKey ? { fingerprint: deployKey.fingerprint, hostKeys: deployKey.hostKeys } : null,
    // Never the same again: what was sealed for a link that was deleted must not open for its successor.
    credentialGeneration: randomInt(1, 2 ** 47),
    sourceId: await sourceIdFor({ ...wish, deployKey: deployKey ?? null }, accessToken),
    hookId: hook?.hook.id ?? null,
    createdAt: now.toISOString(),
    lastSync: null,
    currentVersion: null,
    configurationIds: [],
    error: null,
  };
  const source = await sourceFor(link, ports);
  if (source.links >= MOST_LINKS) return { kind: 'too many links' };
  const detail = { repo_url: link.repoUrl, branch: link.branch, path: link.path };
  const result = await ports.links.create({
    link,
    source,
    credential: secret === null ? null : await sealCredential(link, secret, ports),
    newHook: hook?.isNew ? hook.hook : null,
    event: linkEvent('link.created', link, caller, now, detail),
  });
  if (result === 'link exists') return { kind: 'linked already', linkId: id };
  if (result === 'hook changed') return null;
  await lookNow(link.sourceId, ports);
  return { kind: 'linked', link, source, hook: hook?.hook ?? null, secret: hook?.secret ?? null };
}

export interface LinkPatch {
  readonly pollIntervalSeconds?: number | undefined;
  readonly autoCreateConfiguration?: boolean | undefined;
  readonly configurationId?: string | null | undefined;
  readonly username?: string | null | undefined;
  /** Null removes the stored token. */
  readonly accessToken?: string | null | undefined;
  readonly deployKey?: { readonly privateKey: string; readonly fingerprint: string } | undefined;
  readonly hostKeys?: readonly string[] | null | undefined;
}

export type UpdateOutcome =
  | { readonly kind: 'updated'; readonly link: Link }
  | { readonly kind: 'token needed' }
  | { readonly kind: 'too many links' }
  | ConfigurationProblem
  | { readonly kind: 'conflict' };

/** A new token, key, host key or user name reads the repository anew: the link moves to the source of that credential. */
export async function updateLink(
  before: Link,
  patch: LinkPatch,
  caller: Caller,
  ports: LinkPorts,
): Promise<UpdateOutcome> {
  const { accessToken, deployKey, hostKeys, ...settings } = patch;
  const replaced = deployKey !== undefined || accessToken !== undefined;
  const link: Link = {
    ...before,
    ...defined(settings),
    deployKey: before.deployKey && {
      fingerprint: deployKey?.fingerprint ?? before.deployKey.fingerprint,
      hostKeys: hostKeys === undefined ? before.deployKey.hostKeys : hostKeys,
    },
    credentialGeneration: before.credentialGeneration + (replaced ? 1 : 0),
  };
  const problem = patch.configurationId ? await configurationProblem(link.id, link, ports) : null;
  if (problem) return problem;
  // The source's name follows from the token, which we cannot read back.
  const renamed = link.username !== before.username;
  if (renamed && accessToken === undefined && before.hasToken) return { kind: 'token needed' };
  const now = ports.clock.now();
  const anew = replaced || renamed || hostKeys !== undefined;
  const moved: Link = anew
    ? {
        ...link,
        hasToken: link.deployKey !== null || typeof accessToken === 'string',
        sourceId: await sourceIdFor(link, accessToken ?? null),
        // The other source may be further on: nothing is known yet of what this link holds there.
        lastSync: null,
      }
    : link;
  const source = await sourceFor(moved, ports);
  if (moved.sourceId !== before.sourceId && source.links >= MOST_LINKS) return { kind: 'too many links' };
  const secret = deployKey?.privateKey ?? accessToken;
  const changed = Object.keys(patch).filter((name) => patch[name as keyof LinkPatch] !== undefined);
  const entry: LinkUpdate = {
    link: moved,
    source,
    credential: typeof secret === 'string' ? await sealCredential(moved, secret, ports) : secret,
    event: linkEvent('link.updated', moved, caller, now, { changed }),
  };
  if (!(await ports.links.update(before, entry))) return { kind: 'conflict' };
  await lookNow(moved.sourceId, ports);
  if (moved.sourceId !== before.sourceId) await lookNow(before.sourceId, ports);
  return { kind: 'updated', link: moved };
}

/** What it fed stays active; it is only no longer fed. */
export async function removeLink(link: Link, caller: Caller, ports: LinkPorts): Promise<boolean> {
  const now = ports.clock.now();
  const detail = { repo_url: link.repoUrl, branch: link.branch, path: link.path };
  if (!(await ports.links.remove(link, linkEvent('link.deleted', link, caller, now, detail)))) return false;
  for (let from = 0; from < link.configurationIds.length; from += RELEASES_AT_ONCE) {
    const some = link.configurationIds.slice(from, from + RELEASES_AT_ONCE);
    await Promise.all(some.map((id) => release(id, link, caller, now, ports)));
  }
  // The links that are left have lost their run, if there was one.
  await lookNow(link.sourceId, ports);
  return true;
}

/** A directory feeds up to a thousand, and a request has seconds. */
const RELEASES_AT_ONCE = 25;
const RELEASE_RETRIES = 10;

/** The configuration is free for another link, or for people. */
async function release(id: string, link: Link, caller: Caller, now: Date, ports: LinkPorts): Promise<void> {
  for (let attempt = 0; attempt < RELEASE_RETRIES; attempt++) {
    const before = await ports.configurations.find(id);
    if (before?.origin?.linkId !== link.id) return;
    const after = { ...before, origin: null, hold: null, revision: before.revision + 1 };
    const about = { actor: caller.actor, team: link.team, configurationId: id, linkId: link.id };
    const event = newEvent(now, { ...about, type: 'configuration.updated', detail: { origin: null } });
    if (await ports.configurations.update(before, after, event)) return;
  }
  throw new Error(`configuration ${id} kept changing while its link was removed`);
}

const sealCredential = (link: Link, secret: string, { sealer }: LinkPorts) =>
  sealer.seal(credentialContext(link.id, link.credentialGeneration), secret);

/** The source as it would be were it new; one that is there keeps everything but the shorter interval. */
async function sourceFor(link: Link, ports: LinkPorts): Promise<Source> {
  const now = ports.clock.now().toISOString();
  const there = await ports.sources.find(link.sourceId);
  const { team, repoUrl, provider, branch, hookId: hook, username } = link;
  return {
    id: link.sourceId,
    team,
    repoUrl,
    provider,
    branch,
    hookId: hook,
    credentialLink: link.hasToken ? link.id : null,
    username,
    hostKeys: link.deployKey?.hostKeys ?? null,
    intervalSeconds: Math.min(link.pollIntervalSeconds, there?.intervalSeconds ?? Number.POSITIVE_INFINITY),
    links: there?.links ?? 0,
    wanted: 0,
    done: 0,
    // Never the same again: a run of a source that was removed must not pass for one of its successor's.
    epoch: randomInt(2 ** 47),
    leaseUntil: null,
    tip: null,
    recentTips: [],
    failures: 0,
    dueAt: now,
    checkedAt: null,
    hintedAt: null,
  };
}

async function sourceIdFor(
  {
    team,
    repoUrl,
    branch,
    username,
    deployKey,
  }: Pick<Link, 'team' | 'repoUrl' | 'branch' | 'username' | 'deployKey'>,
  token: string | null,
): Promise<string> {
  const ofToken = token === null ? null : await fingerprint(repoUrl, token);
  const credentialFingerprint = deployKey ? fingerprintOfKey(deployKey) : ofToken;
  return sourceId({ team, repoUrl, branch, username, credentialFingerprint });
}

const scryptAsync = promisify<string, string, number, Buffer>(scrypt);

/**
 * Tells equal tokens of one repository from different ones without being able to open either. Slow on purpose:
 * some hosts take a person's password here, which a fast hash would give away.
 */
async function fingerprint(repoUrl: string, token: string): Promise<string> {
  return (await scryptAsync(token, `kt-source:${repoUrl}`, 16)).toString('hex');
}

/** Links that would believe different host keys are read apart: neither decides for the other. */
function fingerprintOfKey({ fingerprint, hostKeys }: DeployKeyFacts): string {
  return JSON.stringify([fingerprint, hostKeys && [...hostKeys].sort()]);
}

function linkEvent(
  type: 'link.created' | 'link.updated' | 'link.deleted',
  link: Link,
  { actor, requestId }: Caller,
  now: Date,
  detail: Readonly<Record<string, unknown>>,
) {
  return newEvent(now, { type, actor, requestId, team: link.team, linkId: link.id, detail });
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
