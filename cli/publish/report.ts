/** Report: what publishing will change, what it did, and who runs it. */
import type { Api } from '../api-client.ts';
import { clean } from '../clean.ts';
import { printDiff } from '../diff-text.ts';
import type { Output } from '../output.ts';
import { CONVERGENCE, type Convergence } from './answers.ts';
import type { Followed } from './follow-convergence.ts';
import type { Done, Plan, PublishOptions } from './publish.ts';
import { convergencePath } from './standings.ts';

/** Before anything is done: the changes, and who else will run them. */
export async function announce(api: Api, { target, diff, identical }: Plan, output: Output): Promise<void> {
  if (identical) return;
  const { id, configuration, binds } = target;
  printDiff(diff, output);
  if (!configuration) return;
  const { value } = await api.call('GET', `${convergencePath(id)}?limit=1`, CONVERGENCE);
  const others = value.counts.bound - (binds ? 0 : 1);
  if (others > 0)
    output.warn(`${others} other gateway${others === 1 ? ' runs' : 's run'} configuration ${clean(id)} too`);
}

export function reportAsJson(plan: Plan, done: Done, { dryRun }: PublishOptions, output: Output): void {
  const { target, contentHash, identical, diff } = plan;
  const { published, followed } = done;
  const now = published ?? (identical ? target.configuration : null);
  output.json({
    gateway_id: target.gateway.id,
    configuration_id: target.id,
    content_hash: contentHash,
    identical,
    dry_run: dryRun,
    published: published !== null,
    version: now?.active_version ?? null,
    diff,
    convergence: followed && { outcome: followed.kind, ...followed.convergence },
  });
}

export function reportOutcome(plan: Plan, done: Done, options: PublishOptions, output: Output): void {
  const { target, identical } = plan;
  const [name, who] = [clean(target.id), clean(target.gateway.id)];
  const number = (done.published ?? target.configuration)?.active_version?.number;
  if (identical) output.line(`identical: version ${number} of ${name} is this document already`);
  if (done.published) output.line(`published version ${number} of ${name}`);
  if (options.dryRun) output.note(`Nothing was changed (--dry-run). It would ${wouldDo(plan)}.`);
  else if (target.binds) output.line(`gateway ${who} is bound to ${name}`);
  if (done.followed) reportFollowed(done.followed, options.timeout, output);
}

function wouldDo({ target, identical }: Plan): string {
  const name = clean(target.id);
  const steps = [
    ...(identical ? [] : [target.configuration ? `publish to ${name}` : `create ${name}`]),
    ...(target.binds ? [`bind ${clean(target.gateway.id)} to it`] : []),
  ];
  return steps.join(' and ') || 'change nothing';
}

function reportFollowed({ kind, convergence }: Followed, seconds: number, output: Output): void {
  const { counts, number } = convergence;
  if (kind === 'converged') output.line(`${counts.converged} of ${counts.bound} gateways run it`);
  else if (kind === 'superseded')
    output.note(`Version ${number} was put in force meanwhile; this one is not waited for any more.`);
  else reportStragglers(convergence, seconds, output);
}

function reportStragglers({ counts, gateways }: Convergence, seconds: number, output: Output): void {
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
