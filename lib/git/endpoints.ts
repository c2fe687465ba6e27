/** Endpoints: what is remembered about each repository's git endpoint between calls. */
import type { Repository } from '../domain/git.ts';
import type { Bounds } from './bounds.ts';
import type { Capabilities } from './capabilities.ts';
import { credentialDigest } from './credential.ts';
import type { Filter, How } from './strategies.ts';
import type { Session } from './transport.ts';

export interface Endpoint {
  readonly capabilities: Capabilities;
  readonly refused: Set<How | Filter>;
}

export interface Endpoints {
  /** `fresh` when it was not remembered, so a failure is not the memory's fault. */
  of(repository: Repository, session: Session): Promise<{ endpoint: Endpoint; fresh: boolean }>;
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
    of: async (repository, session) => {
      const key = keyOf(repository);
      const before = remembered.get(key);
      if (before && before.until > now()) return { endpoint: await before.endpoint, fresh: false };
      const endpoint = open(session);
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

async function open(session: Session): Promise<Endpoint> {
  return { capabilities: await session.discover(), refused: new Set() };
}

function keyOf(repository: Repository): string {
  return `${credentialDigest(repository)} ${repository.url}`;
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
