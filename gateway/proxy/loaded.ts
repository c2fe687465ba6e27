/** Loaded: one version of a policy document, ready to serve. A request takes one at its start and keeps it. */
import { createHash } from 'node:crypto';
import type { Kind } from '../../lib/policy/kinds.ts';
import type { Chain } from '../engine/chain.ts';
import { type Compiled, compile } from '../engine/compile.ts';
import type { Prices } from '../engine/prices.ts';
import type { Sections } from '../engine/sections.ts';
import type { State } from '../engine/state.ts';
import { type Cors, corsOf } from '../limits/cors.ts';
import { type Limits, limitsOf } from '../limits/limits.ts';
import type { Override } from './upstreams/address.ts';
import type { Environment } from './upstreams/key.ts';
import { type Routing, routingOf } from './upstreams/routing.ts';
import { type Upstream, upstreamsOf } from './upstreams/upstream.ts';

/** Where the bytes come from; null for a file that nobody signed. */
export interface Provenance {
  readonly configurationId: string;
  readonly versionId: string;
  readonly number: number;
  readonly sequence: number;
}

type Ready = Extract<Compiled, { kind: 'ready' }>;

export interface Loaded {
  readonly pack: Ready['pack'];
  readonly chain: Chain;
  readonly kinds: readonly Kind[];
  readonly unenforced: readonly Kind[];
  /** Settings in the document that have no effect here, as paths. */
  readonly without: readonly string[];
  /** SHA-256 of the bytes. */
  readonly contentHash: string;
  readonly provenance: Provenance | null;
  readonly loadedAt: Date;
  readonly upstreams: readonly Upstream[];
  readonly routing: Routing;
  readonly limits: Limits;
  readonly cors: Cors;
}

export interface LoadOptions {
  readonly allowed: ReadonlySet<Kind>;
  readonly environment: Environment;
  readonly override?: Override;
  readonly prices: Prices;
  /** What outlives versions. */
  readonly state: State;
  readonly allowUnreadable: boolean;
  readonly now: () => Date;
}

export type LoadOutcome =
  | { readonly kind: 'loaded'; readonly loaded: Loaded }
  /** `reasons`: lines that say what is wrong and what would be right. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** Changes nothing of what runs. */
export function load(bytes: Uint8Array, provenance: Provenance | null, options: LoadOptions): LoadOutcome {
  const compiled = compile(bytes, options);
  if (compiled.kind !== 'ready') return { kind: 'refused', reasons: reasonsOf(compiled) };
  const { sections } = compiled;
  const compliant = new Set(compiled.chain.compliantTargets().map(({ id }) => id));
  const built = upstreamsOf(sections?.targets ?? [], { ...options, mayUse: ({ id }) => compliant.has(id) });
  if (built.kind === 'refused') return built;
  const routing = routingOf(sections?.providers ?? {});
  const costs = costsKnown(routing, built.upstreams, options);
  if (costs) return { kind: 'refused', reasons: [costs] };
  return {
    kind: 'loaded',
    loaded: {
      pack: compiled.pack,
      chain: compiled.chain,
      kinds: compiled.kinds,
      unenforced: compiled.unenforced.map(({ kind }) => kind),
      without: [
        ...compiled.without,
        ...withoutEffect(sections),
        ...(options.override ? ['providers.targets.base_url'] : []),
      ],
      contentHash: createHash('sha256').update(bytes).digest('hex'),
      provenance,
      loadedAt: options.now(),
      upstreams: built.upstreams,
      routing,
      limits: limitsOf(sections, options.state),
      cors: corsOf(sections?.cors),
    },
  };
}

function reasonsOf(compiled: Exclude<Compiled, Ready>): readonly string[] {
  if (compiled.kind === 'unenforceable')
    return compiled.kinds.map(
      ({ kind, why }) =>
        `${kind} cannot be enforced here: ${why}; --allow-unenforced ${kind} lets it through`,
    );
  return compiled.findings
    .filter(({ severity }) => severity === 'error')
    .map(({ code, path, line, message, suggestion }) =>
      [`${code} ${path === '' ? '' : `${path} `}(line ${line}): ${message}`, suggestion]
        .filter(Boolean)
        .join('; '),
    );
}

/** The cheapest of which nobody knows what they cost would be any. */
function costsKnown(
  { strategy }: Routing,
  upstreams: readonly Upstream[],
  { prices }: LoadOptions,
): string | null {
  if (strategy !== 'cost') return null;
  const unknown = upstreams.filter(({ pricedAs }) => pricedAs === null || !prices.has(pricedAs));
  return unknown.length === 0
    ? null
    : `the strategy is cost, and what is not known is the price of ${unknown.map(({ id }) => id).join(', ')}: name their models, and their prices with --prices`;
}

/** What the sections beside the policies say and nothing here does. */
function withoutEffect(sections: Sections | null): readonly string[] {
  if (!sections) return [];
  const { loads, history, agents, gateway, providers, targets } = sections;
  return [
    ...(loads?.enabled ? ['loads'] : []),
    ...(history !== undefined && history.enabled !== false ? ['history'] : []),
    ...(agents === undefined ? [] : ['agents']),
    ...(gateway?.listen_port === undefined ? [] : ['gateway.listen_port']),
    ...(providers.mirroring?.enabled ? ['providers.mirroring'] : []),
    ...(targets.some((target) => target.escalation_routing) ? ['providers.targets.escalation_routing'] : []),
  ];
}
