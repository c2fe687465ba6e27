/** An upstream: a target of the document as requests are sent to it. */
import type { Target } from '../../engine/sections.ts';
import { type Address, addressOf, type Override } from './address.ts';
import type { Environment } from './key.ts';

export interface Upstream {
  readonly id: string;
  readonly provider: string;
  /** What is asked for there; null for what the client asks for. */
  readonly model: string | null;
  /** The id of the one to try when this one fails. */
  readonly fallbackTo: string | null;
  /** Under which its state is kept: as long as this is the same, so is the target. */
  readonly identity: string;
  readonly target: Target;
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
}

export function upstreamsOf(
  targets: readonly Target[],
  { environment, override }: UpstreamOptions,
): Upstreams {
  const upstreams: Upstream[] = [];
  const reasons: string[] = [];
  for (const target of targets) {
    const outcome = addressOf(target, environment, override);
    if (outcome.kind === 'unsupported') {
      reasons.push(`target ${target.id}: ${outcome.why}`);
      continue;
    }
    const address = outcome.kind === 'known' ? outcome.address : null;
    const modelFrom = target.fromEnvironment['model'];
    const model = (modelFrom === undefined ? undefined : environment(modelFrom)) ?? target.model ?? null;
    upstreams.push({
      id: target.id,
      provider: target.provider ?? target.provider_type ?? 'openai',
      model,
      fallbackTo: target.fallback_to ?? null,
      identity: JSON.stringify([target.id, address?.url(model ?? '').href ?? null]),
      target,
      address,
      unavailable: outcome.kind === 'unavailable' ? outcome.why : null,
    });
  }
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'built', upstreams };
}
