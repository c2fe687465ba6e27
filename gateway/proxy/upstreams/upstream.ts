/** An upstream: a target of the document as requests are sent to it. */
import type { Target } from '../../engine/sections.ts';
import { type Address, type AddressOutcome, addressOf, type Override } from './address.ts';
import type { Environment } from './key.ts';

export interface Upstream {
  readonly id: string;
  readonly provider: string;
  /** What is asked for there; null for what the client asks for. */
  readonly model: string | null;
  /** Under which its price is known; null for what the client asks for. */
  readonly pricedAs: string | null;
  /** The id of the one to try when this one fails. */
  readonly fallbackTo: string | null;
  /** Under which its state is kept: as long as this is the same, so is the target. */
  readonly identity: string;
  /** Null when it cannot be used. */
  readonly address: Address | null;
  readonly unavailable: string | null;
}

/** `refused`: the reasons, one for each target that could never be reached. */
export type Upstreams =
  | { readonly kind: 'built'; readonly upstreams: readonly Upstream[] }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export interface UpstreamOptions {
  readonly environment: Environment;
  readonly override?: Override;
  /** Whether a policy lets requests go there. */
  readonly mayUse: (target: Target) => boolean;
}

const NOT_COMPLIANT = 'a policy of the document lets no request go there';

export function upstreamsOf(targets: readonly Target[], options: UpstreamOptions): Upstreams {
  const upstreams: Upstream[] = [];
  const reasons: string[] = [];
  for (const target of targets) {
    const outcome = addressOf(target, options.environment, options.override);
    if (outcome.kind === 'unsupported') reasons.push(`target ${target.id}: ${outcome.why}`);
    else upstreams.push(upstreamOf(target, outcome, options));
  }
  if (reasons.length > 0) return { kind: 'refused', reasons };
  if (upstreams.length === 0 && options.override) upstreams.push(standIn(options.override, options));
  return { kind: 'built', upstreams };
}

type Reached = Exclude<AddressOutcome, { kind: 'unsupported' }>;

function upstreamOf(target: Target, outcome: Reached, { environment, mayUse }: UpstreamOptions): Upstream {
  const modelFrom = target.fromEnvironment['model'];
  const model = (modelFrom === undefined ? undefined : environment(modelFrom)) ?? target.model ?? null;
  const known = outcome.kind === 'known' ? outcome.address : null;
  const unavailable = outcome.kind === 'unavailable' ? outcome.why : mayUse(target) ? null : NOT_COMPLIANT;
  return {
    id: target.id,
    provider: target.provider ?? target.provider_type ?? 'openai',
    model,
    pricedAs: model ?? target.azure_deployment ?? null,
    fallbackTo: target.fallback_to ?? null,
    identity: JSON.stringify([target.id, known?.url(model ?? '').href ?? null]),
    address: unavailable === null ? known : null,
    unavailable,
  };
}

/** For a document without targets, which is to be tried out all the same. */
function standIn(override: Override, options: UpstreamOptions): Upstream {
  const target = { id: 'upstream', azure_api_version: '', fromEnvironment: {} };
  const outcome = addressOf(target, options.environment, override);
  if (outcome.kind !== 'known') throw new Error('an address that was given is known');
  return upstreamOf(target, outcome, { ...options, mayUse: () => true });
}
