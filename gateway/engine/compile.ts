/** Compile: from the bytes of a policy document to the chain that enforces it, or why there is none. */
import type { Finding } from '../../lib/domain/finding.ts';
import { type CheckedDocument, checkDocument } from '../../lib/policy/check-document.ts';
import { isKind, type Kind } from '../../lib/policy/kinds.ts';
import { parseTree } from '../../lib/policy/parse-tree.ts';
import { BLOCKS } from '../../lib/policy/schema/kinds/registry.ts';
import type { Pack } from '../../lib/policy/schema/pack.ts';
import { find, plain, type Tree } from '../../lib/policy/tree.ts';
import { type Chain, chainOf, type Link } from './chain.ts';
import type { Block, Enforcement, Surroundings } from './kinds/enforcement.ts';
import { ENFORCEMENTS } from './kinds/registry.ts';
import { LIST_PRICES, type Prices } from './prices.ts';
import { type Sections, sectionsOf } from './sections.ts';
import { newState, type State } from './state.ts';

export interface Unenforced {
  readonly kind: Kind;
  readonly why: string;
}

export type Compiled =
  | {
      readonly kind: 'ready';
      readonly chain: Chain;
      /** The same with another state. */
      chainWith(state: State): Chain;
      readonly pack: Pack;
      /** The chain as the document has it. When its pack is not enabled, nothing of it runs. */
      readonly kinds: readonly Kind[];
      /** Null for a document of one policy: it has none. */
      readonly sections: Sections | null;
      /** In the chain and let through, because the caller allowed it. */
      readonly unenforced: readonly Unenforced[];
      /** Settings in the document that have no effect here, as paths: `spend-limit.max_daily_usd`. */
      readonly without: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[] }
  | { readonly kind: 'unenforceable'; readonly kinds: readonly Unenforced[] };

export interface CompileOptions {
  /** Kinds that may be in the chain although nothing here enforces them. */
  readonly allowed?: ReadonlySet<Kind>;
  /** What is counted from one version to the next; without it everything begins anew. */
  readonly state?: State;
  readonly prices?: Prices;
  /** Pictures, sounds and files may pass policies that cannot look at them. */
  readonly allowUnreadable?: boolean;
}

/** Never throws, whatever the bytes. */
export function compile(bytes: Uint8Array, options: CompileOptions = {}): Compiled {
  const { allowed = new Set(), state = newState(), prices = LIST_PRICES, allowUnreadable = false } = options;
  const check = checkDocument(bytes);
  if (check.kind === 'invalid') return { kind: 'invalid', findings: check.findings };
  const { tree } = parseTree(bytes);
  if (!tree) throw new Error('a valid document was not parsed');
  const { document } = check;
  const kinds = document.chain.filter(isKind);
  const sections = document.kind === 'config' ? sectionsOf(plain(tree)) : null;
  const targets = sections?.targets ?? [];
  const around = { targets, state, prices };
  const unenforced = kinds.flatMap((kind) => {
    const why = whyNot(kind, blockOf(kind, document, tree), around);
    return why === null ? [] : [{ kind, why }];
  });
  const refused = unenforced.filter(({ kind }) => !allowed.has(kind));
  if (refused.length > 0) return { kind: 'unenforceable', kinds: refused };
  // The kill switch of the whole configuration.
  const enabled = document.pack.enabled ? kinds.filter((kind) => !isIn(unenforced, kind)) : [];
  const blocks = enabled.map((kind) => ({ kind, block: blockOf(kind, document, tree) }));
  const without = blocks.flatMap(({ kind, block }) => withoutEffect(kind, block));
  const chainWith = (state: State) => {
    const links = blocks.flatMap(({ kind, block }) => linkOf(kind, block, { ...around, state }) ?? []);
    return chainOf(links, { targets, allowUnreadable });
  };
  const { pack } = document;
  return { kind: 'ready', chain: chainWith(state), chainWith, pack, kinds, sections, unenforced, without };
}

const isIn = (unenforced: readonly Unenforced[], kind: Kind) => unenforced.some((each) => each.kind === kind);

function whyNot<K extends Kind>(kind: K, block: unknown, around: Surroundings): string | null {
  const enforcement: Enforcement<K> = ENFORCEMENTS[kind];
  if (!enforcement.enforced) return enforcement.why;
  return enforcement.cannot?.(parseBlock(kind, block), around) ?? null;
}

function linkOf<K extends Kind>(kind: K, block: unknown, around: Surroundings): Link | null {
  const enforcement: Enforcement<K> = ENFORCEMENTS[kind];
  return enforcement.enforced ? { kind, checks: enforcement.checks(parseBlock(kind, block), around) } : null;
}

/** The first form that fits, with its defaults. */
function parseBlock<K extends Kind>(kind: K, block: unknown): Block<K> {
  for (const form of BLOCKS[kind]) {
    const { success, data } = form.safeParse(block);
    // `form` is one of the kind's own.
    if (success) return data as Block<K>;
  }
  throw new Error(`the block of ${kind} is valid and has no form`);
}

/** As it stands in the document; empty when there is none. */
function blockOf(kind: Kind, document: CheckedDocument, tree: Tree): unknown {
  if (document.kind === 'config') {
    const block = find(tree, ['policy', kind]);
    return (block && plain(block)) ?? {};
  }
  const { policy: _policy, testing: _testing, ...block } = plain(tree) as Record<string, unknown>;
  return block;
}

function withoutEffect(kind: Kind, block: unknown): readonly string[] {
  const enforcement = ENFORCEMENTS[kind];
  const without = enforcement.enforced ? enforcement.without : undefined;
  return (without ?? [])
    .filter((path) => path.split('.').reduce(stepInto, block) !== undefined)
    .map((path) => `${kind}.${path}`);
}

function stepInto(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}
