/** Read: tracked paths at one commit, in the cheapest way the host allows. */
import { Fault } from '../domain/fault.ts';
import type { ReadRequest, ReadResult } from '../domain/git.ts';
import type { Capabilities } from './capabilities.ts';
import { complete, type Reading } from './complete.ts';
import type { Connection } from './connection.ts';
import { type Fetched, type FetchRequest, fetch } from './fetch.ts';
import { emptyStore } from './git-object.ts';
import { InflateBudget } from './pack-entries.ts';
import type { Room, Share } from './share.ts';
import { type Filter, type How, STRATEGIES, type Strategy } from './strategies.ts';
import type { TreeCache } from './tree-cache.ts';
import { HangUp, OverLimit, saysNoFilter, saysNoSuchObject } from './trouble.ts';

export interface ReadPorts {
  readonly capabilities: Capabilities;
  readonly connection: Connection;
  readonly treeCache: TreeCache;
  readonly room: Room;
  /** What this host has refused before: not worth asking again for a while. */
  readonly refused: Set<How | Filter>;
}

export async function readPaths(request: ReadRequest, ports: ReadPorts): Promise<ReadResult> {
  const share = ports.room();
  try {
    return await tryAll(begin(request, ports, share), ports);
  } finally {
    share.end();
  }
}

async function tryAll(reading: Reading, ports: ReadPorts): Promise<ReadResult> {
  const refusedNow: How[] = [];
  let last: Fault | null = null;
  for (const strategy of STRATEGIES) {
    if (!strategy.applies(reading) || ports.refused.has(strategy.how)) continue;
    const outcome = await attempt(strategy, reading);
    if (outcome.kind === 'complete') {
      for (const how of refusedNow) ports.refused.add(how);
      return { ...outcome.result, how: strategy.how };
    }
    if (outcome.kind !== 'failed') continue;
    last = outcome.fault;
    if (isGone(reading, last)) break;
    if (strategy.how !== 'delta' && !(last instanceof OverLimit)) refusedNow.push(strategy.how);
  }
  throw explained(last, reading);
}

function begin(request: ReadRequest, ports: ReadPorts, share: Share): Reading {
  const { connection, capabilities, refused, treeCache } = ports;
  const { bounds } = connection;
  const store = emptyStore();
  const budget = new InflateBudget(bounds, share);
  let requests = bounds.requests;
  return {
    request,
    bounds,
    budget,
    mayFilter: (filter) => capabilities.filter && !refused.has(filter),
    fetch: async (ask) => {
      requests -= 1;
      if (requests < 0)
        throw new Fault('too_large', `the tracked paths take more than ${bounds.requests} requests`);
      const fetched = await fetch(ask, { capabilities, connection, store, budget, share });
      noteRefusal(ask, fetched, refused);
      return fetched;
    },
    snapshot: { request, store, bounds, treeCache, share, parsed: new Map(), tooLarge: new Set() },
  };
}

function noteRefusal(ask: FetchRequest, fetched: Fetched, refused: Set<How | Filter>): void {
  if (fetched.kind !== 'failed' || !saysNoFilter(fetched.fault)) return;
  for (const filter of ['tree:0', 'blob:none', 'blob:limit'] as const) {
    if (ask.filter?.startsWith(filter)) refused.add(filter);
  }
}

async function attempt(strategy: Strategy, reading: Reading): ReturnType<typeof complete> {
  const opened = await strategy.open(reading);
  if (opened.kind === 'failed') return opened;
  return opened.kind === 'objects' ? complete(reading) : { kind: 'nothing' };
}

/** Not the way of asking, but the commit itself is refused. */
function isGone({ request, snapshot }: Reading, fault: Fault): boolean {
  return saysNoSuchObject(fault) && !snapshot.store.objects.has(request.commit);
}

const SETTINGS =
  'allow partial reads on the git host (uploadpack.allowFilter and uploadpack.allowAnySHA1InWant)';

function explained(last: Fault | null, reading: Reading): Fault {
  const { commit, repository } = reading.request;
  if (!last || isGone(reading, last)) {
    // A branch that was rewritten since we asked: its new tip will do.
    const message = `${new URL(repository.url).host} does not have commit ${commit} any more`;
    return new Fault('not_found', message, { advice: 'retry' });
  }
  if (last instanceof HangUp) return last;
  if (last instanceof OverLimit) return new Fault('too_large', `${last.message}; ${SETTINGS}`);
  return new Fault('unsupported', `${last.message}; ${SETTINGS}`);
}
