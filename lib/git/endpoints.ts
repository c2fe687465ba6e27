/** Endpoints: what is remembered about each repository's git endpoint between calls. */
import { createHash } from 'node:crypto';
import type { Repository } from '../domain/git.ts';
import type { Bounds } from './bounds.ts';
import { type Capabilities, discover } from './capabilities.ts';
import type { Connection } from './connection.ts';
import { credentialHeader } from './credential.ts';
import type { Filter, How } from './strategies.ts';

export interface Endpoint {
  readonly capabilities: Capabilities;
  readonly refused: Set<How | Filter>;
}

export interface Endpoints {
  /** `fresh` when it was not remembered, so a failure is not the memory's fault. */
  of(repository: Repository, connection: Connection): Promise<{ endpoint: Endpoint; fresh: boolean }>;
  forget(repository: Repository): void;
}

interface Remembered {
  readonly endpoint: Promise<Endpoint>;
  readonly until: number;
}

/** Callers with the same credential share one request; nobody shares another's refusal, or success. */
export function endpoints(bounds: Bounds, now: () => number): Endpoints {
  const remembered = new Map<string, Remembered>();
  return {
    of: async (repository, connection) => {
      const key = keyOf(repository);
      const before = remembered.get(key);
      if (before && before.until > now()) return { endpoint: await before.endpoint, fresh: false };
      const endpoint = open(repository, connection);
      remembered.delete(key);
      remembered.set(key, { endpoint, until: now() + bounds.rememberedMs });
      dropOldest(remembered, bounds.rememberedRepositories);
      endpoint.catch(() => {
        if (remembered.get(key)?.endpoint === endpoint) remembered.delete(key);
      });
      return { endpoint: await endpoint, fresh: true };
    },
    forget: (repository) => {
      remembered.delete(keyOf(repository));
    },
  };
}

async function open(repository: Repository, connection: Connection): Promise<Endpoint> {
  return { capabilities: await discover(repository, connection), refused: new Set() };
}

function keyOf(repository: Repository): string {
  const secret = createHash('sha256')
    .update(credentialHeader(repository) ?? '')
    .digest('hex');
  return `${secret} ${repository.url}`;
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
