/** Publish: bring a document to the configuration of a gateway, and say what that changes. */
import { createHash } from 'node:crypto';
import { type DocumentDiff, diffDocuments } from '../../lib/policy/diff/diff-documents.ts';
import { CONFIGURATION, type Configuration } from '../answers.ts';
import type { Answer, Api } from '../api-client.ts';
import { ApiFailure } from '../api-failure.ts';
import { clean } from '../clean.ts';
import { readVersion } from '../diff/references.ts';
import { printDiff } from '../diff-text.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import type { Output } from '../output.ts';
import { BOUND_GATEWAY, type BoundGateway, CONVERGENCE } from './answers.ts';
import { type Followed, followConvergence } from './follow-convergence.ts';
import { convergencePath } from './standings.ts';
import { fedByGit, findTarget, type Target } from './target.ts';

export interface PublishOptions {
  readonly configurationId?: string;
  readonly dryRun: boolean;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
}

interface Publication {
  readonly bytes: Uint8Array;
  readonly pack: { readonly id: string | null; readonly name: string };
  readonly gateway: BoundGateway;
}

/** The document is valid: who calls has seen to it. */
export async function publish(
  api: Api,
  { bytes, pack, gateway }: Publication,
  options: PublishOptions,
  output: Output,
): Promise<ExitCode> {
  const contentHash = createHash('sha256').update(bytes).digest('hex');
  const { configurationId } = options;
  const wish = { contentHash, pack, ...(configurationId === undefined ? {} : { configurationId }) };
  const target = await findTarget(api, gateway, wish);
  const diff = await diffWith(api, target, bytes);
  const identical = target.configuration?.content_hash === contentHash;
  if (!options.json) await announce(api, target, diff, identical, output);
  const published =
    identical || options.dryRun ? null : await write(api, target, bytes, contentHash, pack.name, output);
  if (target.binds && !options.dryRun) await bind(api, target);
  const goal = { configuration: target.id, contentHash };
  const follows = options.wait && !options.dryRun;
  const followed = follows
    ? await followConvergence(api, goal, { seconds: options.timeout, watcher: process.stderr })
    : null;
  const version =
    published?.active_version ?? (identical ? target.configuration?.active_version : null) ?? null;
  if (options.json) {
    output.json({
      gateway_id: gateway.id,
      configuration_id: target.id,
      content_hash: contentHash,
      identical,
      dry_run: options.dryRun,
      published: published !== null,
      version,
      diff,
      convergence: followed && { outcome: followed.kind, ...followed.convergence },
    });
  } else {
    report(target, published, identical, options, output);
    if (followed) reportFollowed(followed, options.timeout, output);
  }
  return followed && followed.kind !== 'converged' ? EXIT.no : EXIT.ok;
}

async function diffWith(api: Api, { id, configuration }: Target, bytes: Uint8Array): Promise<DocumentDiff> {
  const active = configuration?.active_version ?? null;
  const before = active && (await readVersion(api, id, active.id));
  return diffDocuments(before, bytes);
}

/** Before anything is done: the changes, and who else will run them. */
async function announce(
  api: Api,
  { id, configuration, binds }: Target,
  diff: DocumentDiff,
  identical: boolean,
  output: Output,
) {
  if (identical) return;
  printDiff(diff, output);
  if (!configuration) return;
  const { value } = await api.call('GET', `${convergencePath(id)}?limit=1`, CONVERGENCE);
  const others = value.counts.bound - (binds ? 0 : 1);
  if (others > 0)
    output.warn(`${others} other gateway${others === 1 ? ' runs' : 's run'} configuration ${clean(id)} too`);
}

/** Throws when what the API stored is not what was sent. */
async function write(
  api: Api,
  { id, configuration, gateway }: Target,
  bytes: Uint8Array,
  contentHash: string,
  name: string,
  output: Output,
): Promise<Configuration> {
  const policy_yaml = Buffer.from(bytes).toString('utf8');
  const { value } = configuration
    ? await update(api, id, policy_yaml)
    : await api.call('POST', '/v1/configurations', CONFIGURATION, {
        body: { id, name, team: gateway.team, policy_yaml },
      });
  if (value.content_hash !== contentHash)
    throw new Failure(
      EXIT.unknown,
      `configuration ${clean(id)} is now at ${value.content_hash}, and ${contentHash} was sent: somebody else published too`,
    );
  const compared = configuration?.head_version?.number ?? 0;
  const number = value.active_version?.number ?? 0;
  if (number > compared + 1)
    output.warn(
      `version ${number - 1} was published meanwhile: the changes above are those since version ${compared}`,
    );
  return value;
}

/** Sent twice it publishes once: the same content again is no new version. */
async function update(api: Api, id: string, policy_yaml: string): Promise<Answer<Configuration>> {
  try {
    const path = `/v1/configurations/${encodeURIComponent(id)}`;
    return await api.call('PATCH', path, CONFIGURATION, { body: { policy_yaml }, repeatable: true });
  } catch (error) {
    // Somebody linked it after we looked.
    if (error instanceof ApiFailure && error.code === 'fed_by_git') throw fedByGit(id, null);
    throw error;
  }
}

async function bind(api: Api, { id, gateway }: Target): Promise<void> {
  const path = `/v1/gateways/${encodeURIComponent(gateway.id)}`;
  await api.call('PATCH', path, BOUND_GATEWAY, { body: { configuration_id: id }, repeatable: true });
}

function report(
  { id, configuration, binds, gateway }: Target,
  published: Configuration | null,
  identical: boolean,
  { dryRun }: PublishOptions,
  output: Output,
): void {
  const [name, who] = [clean(id), clean(gateway.id)];
  const number = (published ?? configuration)?.active_version?.number;
  if (identical) output.line(`identical: version ${number} of ${name} is this document already`);
  if (published) output.line(`published version ${number} of ${name}`);
  if (dryRun) {
    const would = [
      ...(identical ? [] : [configuration ? `publish to ${name}` : `create ${name}`]),
      ...(binds ? [`bind ${who} to it`] : []),
    ];
    output.note(`Nothing was changed (--dry-run). It would ${would.join(' and ') || 'change nothing'}.`);
  } else if (binds) output.line(`gateway ${who} is bound to ${name}`);
}

function reportFollowed({ kind, convergence }: Followed, seconds: number, output: Output): void {
  const { counts, number, gateways } = convergence;
  if (kind === 'converged') {
    output.line(`${counts.converged} of ${counts.bound} gateways run it`);
    return;
  }
  if (kind === 'superseded') {
    output.note(`Version ${number} was put in force meanwhile; nobody waits for this one any more.`);
    return;
  }
  const waited = counts.lagging + counts.offline > 0 ? ` after ${seconds} s` : '';
  output.note(`Not run by ${counts.bound - counts.converged} of ${counts.bound} gateways${waited}:`);
  const left = gateways.filter(({ state }) => state !== 'converged');
  output.table(
    ['GATEWAY', 'NAME', 'STATE', 'SINCE', 'REASON'],
    left.map(({ id, name, state, since, reason }) => [
      id,
      name,
      { text: state, style: 'red' as const },
      since,
      reason,
    ]),
  );
}
