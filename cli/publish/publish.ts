/** Publish: bring a document to the configuration of a gateway, and say what that changes. */
import { sha256Hex } from '../../lib/domain/ids.ts';
import { type DocumentDiff, diffDocuments } from '../../lib/policy/diff/diff-documents.ts';
import type { Configuration } from '../answers.ts';
import type { Api } from '../api-client.ts';
import { readVersion } from '../diff/references.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import type { BoundGateway } from './answers.ts';
import { type Followed, followConvergence } from './follow-convergence.ts';
import { announce, reportAsJson, reportOutcome } from './report.ts';
import { findTarget, type Target } from './target.ts';
import { bind, writeVersion } from './write-version.ts';

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

/** What is to be done, before any of it is. */
export interface Plan {
  readonly target: Target;
  readonly bytes: Uint8Array;
  readonly contentHash: string;
  /** Of a configuration that has to be made. */
  readonly name: string;
  readonly diff: DocumentDiff;
  /** The target must run these bytes already. */
  readonly identical: boolean;
}

export interface Done {
  /** The configuration as it is now; null when nothing was published. */
  readonly published: Configuration | null;
  /** Null when nobody waited. */
  readonly followed: Followed | null;
}

/** The document is valid: who calls has seen to it. */
export async function publish(
  api: Api,
  publication: Publication,
  options: PublishOptions,
  output: Output,
): Promise<ExitCode> {
  const plan = await planFor(api, publication, options);
  if (!options.json) await announce(api, plan, output);
  const done = options.dryRun
    ? { published: null, followed: null }
    : await carryOut(api, plan, options, output);
  if (options.json) reportAsJson(plan, done, options, output);
  else reportOutcome(plan, done, options, output);
  return done.followed && done.followed.kind !== 'converged' ? EXIT.no : EXIT.ok;
}

async function planFor(
  api: Api,
  { bytes, pack, gateway }: Publication,
  { configurationId }: PublishOptions,
): Promise<Plan> {
  const contentHash = sha256Hex(bytes);
  const wish = { contentHash, pack, ...(configurationId === undefined ? {} : { configurationId }) };
  const target = await findTarget(api, gateway, wish);
  const active = target.configuration?.active_version ?? null;
  const before = active && (await readVersion(api, target.id, active.id));
  const identical = active?.content_hash === contentHash;
  return { target, bytes, contentHash, name: pack.name, diff: diffDocuments(before, bytes), identical };
}

async function carryOut(api: Api, plan: Plan, options: PublishOptions, output: Output): Promise<Done> {
  const { target, contentHash, identical } = plan;
  const published = identical ? null : await writeVersion(api, plan, output);
  if (target.binds) await bind(api, target);
  if (!options.wait) return { published, followed: null };
  const patience = { seconds: options.timeout, watcher: process.stderr };
  return {
    published,
    followed: await followConvergence(api, { configuration: target.id, contentHash }, patience),
  };
}
