/** `kt drift`: is what runs what git says, and can that be shown? */

import type { Call } from '../action.ts';
import { CONFIGURATION, type Configuration, LINK, type Link } from '../answers.ts';
import type { Api } from '../api-client.ts';
import { ApiFailure } from '../api-failure.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { counted } from '../lint/lint-result.ts';
import { listArray, listData } from '../list-all.ts';
import type { Output } from '../output.ts';
import type { Convergence } from '../publish/answers.ts';
import { readConvergence } from '../publish/standings.ts';
import {
  type Checkout,
  type ComparedFile,
  compareFile,
  linksOf,
  readCheckout,
  unpublishedFiles,
} from './checkout.ts';
import { type Drifted, driftOfConfiguration, driftOfFile, driftOfGateways, driftOfLink } from './drift.ts';

export interface DriftOptions {
  readonly configurationId: readonly string[];
  readonly repo?: string;
  readonly repoUrl?: string;
  readonly branch?: string;
  readonly strict: boolean;
  readonly json: boolean;
}

/** Asked at once: enough to hide the way there, and no burst. */
const AT_ONCE = 8;

export async function runDrift({ options, output, ...call }: Call<DriftOptions>): Promise<ExitCode> {
  const { repo, strict, configurationId: only } = options;
  const checkout = repo === undefined ? null : await readCheckout(repo, options);
  const api = await call.api();
  const configurations = await readConfigurations(api, only);
  const links = (await listArray(api, '/v1/git-repos', {}, LINK)).items;
  const followed = checkout ? linksOf(checkout, links) : [];
  const seen = await inBatches(configurations, (configuration) => lookAt(api, configuration));
  const there = seen.filter((one) => one !== null);
  const files = checkout
    ? await compareAll(
        checkout,
        followed,
        there.map(({ configuration }) => configuration),
        only,
      )
    : [];
  const found: Drifted[] = [
    ...there.flatMap(({ configuration, convergence }) => [
      ...driftOfConfiguration(configuration, strict),
      ...driftOfGateways(convergence, strict),
    ]),
    ...links.flatMap((link) => linkDrift(link, configurations, only, strict)),
    ...files.flatMap((file) => driftOfFile(file, strict)),
  ];
  const drift = found.some((one) => one.drift);
  const looked = {
    configurations: there.length,
    gateways: there.reduce((sum, { convergence }) => sum + convergence.counts.bound, 0),
    files: files.length,
  };
  if (options.json) output.json({ drift, looked_at: looked, found });
  else show(found, looked, output);
  return drift ? EXIT.no : EXIT.ok;
}

async function readConfigurations(api: Api, only: readonly string[]): Promise<readonly Configuration[]> {
  if (only.length === 0) return (await listData(api, '/v1/configurations', {}, CONFIGURATION)).items;
  const ids = [...new Set(only)];
  return inBatches(ids, async (id) => {
    return (await api.call('GET', `/v1/configurations/${encodeURIComponent(id)}`, CONFIGURATION)).value;
  });
}

interface Seen {
  readonly configuration: Configuration;
  readonly convergence: Convergence;
}

/** Null for one that was deleted since it was listed. */
async function lookAt(api: Api, configuration: Configuration): Promise<Seen | null> {
  try {
    return { configuration, convergence: await readConvergence(api, configuration.id) };
  } catch (error) {
    if (error instanceof ApiFailure && error.kind === 'not found') return null;
    throw error;
  }
}

/** A link may feed many configurations: it is told once. */
function linkDrift(
  link: Link,
  configurations: readonly Configuration[],
  only: readonly string[],
  strict: boolean,
): readonly Drifted[] {
  const feeds = configurations.filter(({ git }) => git?.link_id === link.id);
  if (only.length > 0 && feeds.length === 0) return [];
  return driftOfLink(link, feeds.length === 1 ? (feeds[0]?.id ?? null) : null, strict);
}

async function compareAll(
  checkout: Checkout,
  links: readonly Link[],
  configurations: readonly Configuration[],
  only: readonly string[],
): Promise<readonly ComparedFile[]> {
  const ids = new Set(links.map(({ id }) => id));
  const compared: ComparedFile[] = [];
  for (const configuration of configurations) {
    const { git } = configuration;
    if (git && ids.has(git.link_id)) compared.push(await compareFile(checkout, configuration, git.path));
  }
  if (only.length > 0) return compared;
  const fed = new Set(configurations.flatMap(({ git }) => git?.path ?? []));
  for (const link of links) compared.push(...(await unpublishedFiles(checkout, link, fed)));
  return compared;
}

async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE)
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  return results;
}

const SHOWN_DIGITS = 12;

function show(
  found: readonly Drifted[],
  looked: { readonly configurations: number; readonly gateways: number; readonly files: number },
  output: Output,
): void {
  const short = (hash: string | null) => hash?.slice(0, SHOWN_DIGITS);
  if (found.length > 0)
    output.table(
      ['CONFIGURATION', 'WHO', 'WHICH', 'STATE', 'WANTED', 'FOUND', 'SINCE', 'WHY'],
      found.map((one) => [
        one.configuration_id,
        one.who,
        one.which,
        { text: one.state, style: one.drift ? 'red' : 'yellow' },
        short(one.wanted),
        short(one.found),
        one.since,
        one.reason,
      ]),
    );
  const drifts = found.filter(({ drift }) => drift).length;
  const what = [
    counted(looked.configurations, 'configuration'),
    counted(looked.gateways, 'gateway'),
    ...(looked.files > 0 ? [counted(looked.files, 'file')] : []),
  ].join(', ');
  output.line(`${drifts === 0 ? 'no drift' : `drift in ${counted(drifts, 'place')}`} (${what} looked at)`);
}
