/** Reference: what the documents promise of a branch, its links and what they feed, in the simplest form there is. */
import { createHash } from 'node:crypto';

/** What a path can hold. Each knows by itself whether it is a policy: nothing here is judged by the code under test. */
export type Content =
  | { readonly kind: 'policy'; readonly name: string; readonly limit: number }
  | { readonly kind: 'broken'; readonly salt: number }
  | { readonly kind: 'symlink' };

/** The paths that pushes change. */
export const FIRST_PATHS = ['policy-config.yaml', 'team/alpha.yaml', 'team/beta.yaml'] as const;

export type Files = Readonly<Record<string, Content>>;

export function textOf(content: Content): string {
  if (content.kind === 'symlink') return SYMLINK;
  if (content.kind === 'broken') return `pack: {name: broken-${content.salt}}\n`;
  return [
    `pack: {name: ${content.name}, version: 1.0.0, enabled: true}`,
    'policies: {chain: [spend-limit]}',
    `policy: {spend-limit: {max_daily_usd: ${content.limit}}}`,
    '',
  ].join('\n');
}

/** The text by which the git host of the histories knows a symbolic link. */
export const SYMLINK = 'symbolic link';

export const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

export interface LinkModel {
  readonly id: string;
  /** A file, or a directory when it ends in `/`. */
  readonly path: string;
}

/** A hold as somebody asked for it. */
export interface HoldModel {
  readonly versionId: string;
  readonly until: number;
  /** False while the call that asks for it is under way: it may come to stand later than one that was asked for after it. */
  ended: boolean;
}

/** What is asked of a configuration when nothing is under way any more. */
export interface Fed {
  readonly id: string;
  readonly origin: { readonly linkId: string; readonly path: string } | null;
  readonly head: { readonly id: string; readonly contentHash: string } | null;
  readonly active: { readonly id: string; readonly contentHash: string } | null;
  readonly hold: { readonly until: string } | null;
}

export class Reference {
  readonly commits = new Map<string, Files>();
  /** Every commit that the branch ever named: nothing else may ever be published. */
  readonly tips = new Set<string>();
  tip: string | null = null;
  /** What the next push changes. */
  files: Files = {};
  readonly links = new Map<string, LinkModel>();
  /** By configuration: those that may stand. */
  readonly holds = new Map<string, readonly HoldModel[]>();

  committed(id: string, files: Files): void {
    this.commits.set(id, files);
    this.moved(id);
  }

  moved(tip: string | null): void {
    this.tip = tip;
    if (tip === null) return;
    this.tips.add(tip);
    this.files = this.commits.get(tip) ?? {};
  }

  asksForHold(id: string, hold: HoldModel): void {
    this.holds.set(id, [...(this.holds.get(id) ?? []), hold]);
  }

  /** Lifted, or replaced by an activation without one: whatever stood by then is gone. */
  lifts(id: string, before: readonly HoldModel[]): void {
    this.holds.set(
      id,
      (this.holds.get(id) ?? []).filter((hold) => !before.includes(hold)),
    );
  }

  /** Those that a call which begins now would end. */
  holdsOf(id: string): readonly HoldModel[] {
    return (this.holds.get(id) ?? []).filter(({ ended }) => ended);
  }

  at(commit: string | null): Files {
    return (commit === null ? null : this.commits.get(commit)) ?? {};
  }

  /** The files at the tip that a link is about. */
  tracked(link: LinkModel, commit = this.tip): ReadonlyMap<string, Content> {
    const is = (path: string) => (link.path.endsWith('/') ? path.startsWith(link.path) : path === link.path);
    return new Map(Object.entries(this.at(commit)).filter(([path]) => is(path)));
  }

  /** Whether bytes that a version says were at a commit were there, may be in force, and the branch named it. */
  mayBePublished(commit: string, path: string, contentHash: string): boolean {
    const content = this.at(commit)[path];
    return this.tips.has(commit) && content?.kind === 'policy' && hashOf(textOf(content)) === contentHash;
  }

  /**
   * What is wrong with what a link ended as, given the branch: an empty list when it is as promised. `error` is
   * what the link says.
   */
  complaints(
    link: LinkModel,
    error: { readonly class: string } | null,
    fed: readonly Fed[],
    now: number,
  ): string[] {
    if (this.tip === null)
      return error?.class === 'not_found' ? [] : ['the branch is gone and the link does not say so'];
    const files = this.tracked(link);
    const mine = fed.filter(({ origin }) => origin?.linkId === link.id);
    const complaints = mine.flatMap((one) => this.#courseComplaints(one, now));
    const wrong: string[] = [];
    for (const [path, content] of files) {
      const feeds = mine.find(({ origin }) => origin?.path === path);
      if (content.kind !== 'policy') wrong.push(path);
      else if (!feeds) {
        const other = fed.find(({ id }) => id === content.name)?.origin;
        const taken = other && (other.linkId !== link.id || files.has(other.path));
        if (taken) wrong.push(path);
        else complaints.push(`${path} feeds nothing`);
      } else if (feeds.head?.contentHash !== hashOf(textOf(content))) {
        complaints.push(`the head of ${feeds.id} is not what ${path} holds`);
      }
    }
    if (files.size === 0 || mine.some(({ origin }) => !files.has(origin?.path ?? '')))
      wrong.push('a path that is gone');
    if (wrong.length > 0 && !error)
      complaints.push(`the link does not say what is wrong: ${wrong.join(', ')}`);
    if (wrong.length === 0 && error) complaints.push(`the link says ${error.class} and nothing is wrong`);
    return complaints;
  }

  /** Active is Head, or the version that somebody holds. */
  #courseComplaints({ id, head, active, hold }: Fed, now: number): string[] {
    if (!hold)
      return head?.id === active?.id ? [] : [`${id} runs something else than its head, and nothing holds it`];
    if (Date.parse(hold.until) <= now) return [`the hold of ${id} is over and still there`];
    const asked = (this.holds.get(id) ?? []).filter(({ until }) => until === Date.parse(hold.until));
    if (asked.length === 0) return [`nobody asked for the hold of ${id}, or it was lifted`];
    return asked.some(({ versionId }) => versionId === active?.id)
      ? []
      : [`${id} runs something else than what is held`];
  }
}
