/** Transport: how a repository's upload-pack is reached. What is said there is the same over each. */
import type { Repository } from '../domain/git.ts';
import type { Bounds } from './bounds.ts';
import { type Capabilities, discover } from './capabilities.ts';
import { type Connection, connect } from './connection.ts';
import type { HttpClient } from './http.ts';

/** One operation on one repository. */
export interface Session extends Connection {
  discover(): Promise<Capabilities>;
  /** Once, when nothing more will be asked. */
  end(): void;
}

export interface Transport {
  open(repository: Repository): Session;
  close(): void;
}

export function httpTransport(client: HttpClient, bounds: Bounds): Transport {
  const bearerOrigins = new Set<string>();
  return {
    open: (repository) => {
      const connection = connect(repository, client, bounds, bearerOrigins);
      return { ...connection, discover: () => discover(repository, connection), end: () => {} };
    },
    close: () => client.close(),
  };
}
