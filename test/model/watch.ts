/** Watch: sees every write of a configuration's pointer as it is made, whoever makes it, and says what is wrong with it. */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { hashOf, type Reference, textOf } from './reference.ts';

interface Leased {
  readonly source: string;
  readonly epoch: number;
  /** A source that is made anew has epochs of its own. */
  readonly life: number;
}

/** A run, as far as the watch has come to know it. */
export interface Runner {
  /** What its lease gave it: from the answer, not from what it says later. */
  lease: Leased | null;
  /** It fell asleep on the way. */
  slept: boolean;
  /** Its clock, which may be wrong. */
  now(): Date;
}

interface Pointer {
  readonly sequence: number;
  readonly active: Ref | null;
  readonly head: Ref | null;
  readonly hold: { readonly until: string } | null;
}

interface Ref {
  readonly id: string;
  readonly contentHash: string;
  readonly commit: string | null;
}

const NOTHING: Pointer = { sequence: 0, active: null, head: null, hold: null };

export interface Watch {
  /** What a store answered, and to what. */
  saw(runner: Runner, command: object, answer: unknown): void;
  readonly complaints: string[];
  /** Pointer changes by configuration: as many as there must be audit events. */
  readonly moves: ReadonlyMap<string, number>;
  readonly counts: { moves: number; versions: number };
}

/** `untold`: the gateways that were not told of these bytes. */
export function watchFor(
  model: Reference,
  untold: (configuration: string, contentHash: string) => string[],
): Watch {
  const pointers = new Map<string, Pointer>();
  const epochs = new Map<string, number>();
  const lives = new Map<string, number>();
  const versions = new Set<string>();
  const moves = new Map<string, number>();
  const complaints: string[] = [];
  const counts = { moves: 0, versions: 0 };

  function wrote(runner: Runner, items: readonly TransactWriteItem[]) {
    const puts = items.flatMap(({ Put }) => (Put?.Item ? [unmarshall(Put.Item)] : []));
    for (const { Delete } of items) {
      const key = Delete?.Key ? unmarshall(Delete.Key) : {};
      if (key['sk'] === 'MARK') unmarked(String(key['pk']).slice('CONFIG#'.length));
      const source = /^SOURCE#(.*)$/.exec(String(key['pk']))?.[1];
      if (source === undefined || key['sk'] !== 'MAIN') continue;
      lives.set(source, (lives.get(source) ?? 0) + 1);
      epochs.delete(source);
    }
    for (const row of puts) {
      if (String(row['pk']).startsWith('CONFIG#') && String(row['sk']).startsWith('VERSION#')) published(row);
      if (String(row['pk']).startsWith('CONFIG#') && row['sk'] === 'MAIN') pointed(runner, row, puts);
    }
  }

  /** The mark goes last. */
  function unmarked(id: string) {
    const active = pointers.get(id)?.active;
    if (active)
      complaints.push(
        ...untold(id, active.contentHash).map((who) => `${id}: the mark is gone before ${who} was told`),
      );
  }

  function published(row: Record<string, unknown>) {
    counts.versions++;
    const name = `${row['configurationId']} ${row['contentHash']} ${row['commit']}`;
    if (versions.has(name)) complaints.push(`a second version of the same content and commit: ${name}`);
    versions.add(name);
  }

  function pointed(runner: Runner, row: Record<string, unknown>, beside: readonly Record<string, unknown>[]) {
    const id = String(row['id']);
    const before = pointers.get(id) ?? NOTHING;
    const after = row as unknown as Pointer;
    const { active, sequence } = after;
    pointers.set(id, after);
    const moved = active !== null && active.id !== before.active?.id;
    const events = beside.filter(
      (one) => one['type'] === 'version.activated' && one['configurationId'] === id,
    );
    if (sequence !== before.sequence + (moved ? 1 : 0))
      complaints.push(
        `${id}: sequence ${sequence} after ${before.sequence}, active ${moved ? 'moved' : 'stayed'}`,
      );
    if (events.length !== (moved ? 1 : 0))
      complaints.push(`${id}: ${events.length} audit events of one write`);
    if (before.hold && !after.hold) released(runner, id, before, after, beside);
    if (!moved) return;
    counts.moves++;
    moves.set(id, (moves.get(id) ?? 0) + 1);
    const actor = runner.lease ? 'sync' : 'token:test';
    if (events.some((event) => event['actor'] !== actor || event['versionId'] !== active.id))
      complaints.push(`${id}: the audit event does not say that ${actor} activated ${active.id}`);
    if (!isPublishable(active))
      complaints.push(`${id}: ${active.contentHash} at ${active.commit} may never be in force`);
    if (runner.lease) inOrder(id, runner.lease);
  }

  /** A hold does not go without a reason that is true, and without being audited. */
  function released(
    runner: Runner,
    id: string,
    before: Pointer,
    after: Pointer,
    beside: readonly Record<string, unknown>[],
  ) {
    const event = beside.find(({ type }) => type === 'hold.released');
    const why = event ? (event['detail'] as { why: string }).why : 'unlinked';
    const until = Date.parse(before.hold?.until ?? '');
    const isTrue =
      why === 'expired'
        ? until <= runner.now().getTime()
        : why === 'git caught up'
          ? after.head?.contentHash === before.active?.contentHash
          : runner.lease === null;
    if (!isTrue) complaints.push(`${id}: the hold went as "${why}", which is not true`);
  }

  function inOrder(id: string, { source, epoch, life }: Leased) {
    if (life !== (lives.get(source) ?? 0))
      complaints.push(`${id}: written by a run of a source that was removed`);
    const last = epochs.get(source) ?? 0;
    if (epoch < last) complaints.push(`${id}: written under epoch ${epoch} after ${last}`);
    epochs.set(source, Math.max(last, epoch));
  }

  function isPublishable({ contentHash, commit }: { contentHash: string; commit: string | null }): boolean {
    if (commit === null || !model.tips.has(commit)) return false;
    return Object.values(model.at(commit)).some(
      (content) => content.kind === 'policy' && hashOf(textOf(content)) === contentHash,
    );
  }

  const leased = (source: string, epoch: number): Leased => ({ source, epoch, life: lives.get(source) ?? 0 });

  return {
    complaints,
    moves,
    counts,
    saw(runner, command, answer) {
      const { input } = command as {
        input: { TransactItems?: TransactWriteItem[]; UpdateExpression?: string };
      };
      if (input.TransactItems) wrote(runner, input.TransactItems);
      const row = (answer as { Attributes?: Parameters<typeof unmarshall>[0] } | null)?.Attributes;
      if (!row || command.constructor.name !== 'UpdateItemCommand') return;
      const source = unmarshall(row);
      // Only a lease raises the epoch by an update of its own.
      const leases = Object.values(
        (input as { ExpressionAttributeNames?: Record<string, string> }).ExpressionAttributeNames ?? {},
      ).includes('leaseUntil');
      if (leases && typeof source['epoch'] === 'number')
        runner.lease = leased(`${source['id']}`, source['epoch']);
    },
  };
}
