/** Git host: where a branch is now, and what tracked paths hold at a commit, over HTTP or SSH. */
import { Fault } from '../domain/fault.ts';
import type { ReadRequest, ReadResult, Repository } from '../domain/git.ts';
import { addressGuard } from './address-guard.ts';
import { BOUNDS, type Bounds } from './bounds.ts';
import { withoutSecrets } from './clean-text.ts';
import type { Connection } from './connection.ts';
import { secretForms } from './credential.ts';
import { type Dialer, type Resolve, systemResolve } from './dial.ts';
import { type Endpoint, endpoints } from './endpoints.ts';
import { isObjectId } from './git-object.ts';
import { httpClient } from './http.ts';
import { readPaths } from './read.ts';
import { lsRefs } from './refs.ts';
import { room } from './share.ts';
import { isSshUrl } from './ssh-address.ts';
import { sshTransport } from './ssh-transport.ts';
import { httpTransport, type Session } from './transport.ts';
import { treeCache } from './tree-cache.ts';

export interface GitHost {
  /** Commit the branch names now; null when the repository is there and the branch is not. */
  resolve(repository: Repository, branch: string): Promise<string | null>;
  read(request: ReadRequest): Promise<ReadResult>;
}

export interface GitHostOptions {
  /** CIDRs that may be connected to although they are private: self-hosted git hosts, loopback in tests. */
  readonly allowedNetworks: readonly string[];
  readonly bounds?: Partial<Bounds>;
  /** PEM certificates trusted for https beside the system's own. */
  readonly certificateAuthorities?: readonly string[];
  /** How host names are looked up; the system's resolver when absent. */
  readonly resolveName?: Resolve;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/**
 * Keeps connections, capabilities and directories between calls; safe to use concurrently. Throws a `Fault` for
 * everything that goes wrong, whose message never holds the credential.
 */
export function gitHost(options: GitHostOptions): GitHost & { close(): void } {
  const bounds: Bounds = { ...BOUNDS, ...options.bounds };
  const dialer: Dialer = {
    guard: addressGuard(options.allowedNetworks),
    resolve: options.resolveName ?? systemResolve,
    connectMs: bounds.connectMs,
    certificateAuthorities: options.certificateAuthorities ?? [],
  };
  const now = options.now ?? Date.now;
  const http = httpTransport(httpClient(dialer, bounds), bounds);
  const ssh = sshTransport(dialer, bounds, now);
  const known = endpoints(bounds, now);
  const trees = treeCache(bounds.treeCacheBytes);
  const shares = room(bounds);

  /** Remembered capabilities first; once more from the start when the repository seems to have moved since. */
  async function at<T>(
    repository: Repository,
    use: (endpoint: Endpoint, connection: Connection) => Promise<T>,
  ) {
    const session = (isSshUrl(repository.url) ? ssh : http).open(repository);
    try {
      return await within(session, repository, use);
    } finally {
      session.end();
    }
  }

  async function within<T>(
    session: Session,
    repository: Repository,
    use: (endpoint: Endpoint, connection: Connection) => Promise<T>,
  ) {
    const { endpoint, fresh } = await known.of(repository, session);
    try {
      return await use(endpoint, session);
    } catch (fault) {
      known.forget(repository);
      if (fresh || !mayHaveMoved(fault)) throw fault;
      const again = await known.of(repository, session);
      return use(again.endpoint, session);
    }
  }

  /** A host may put what we sent into anything it answers, even into the name of the next host. */
  function discreet<T>(repository: Repository, run: Promise<T>): Promise<T> {
    return run.catch((fault) => {
      throw scrubbed(fault, secretForms(repository));
    });
  }

  return {
    resolve: (repository, branch) =>
      discreet(
        repository,
        at(repository, ({ capabilities }, connection) => lsRefs(branch, capabilities, connection)),
      ),
    read: async (request) => {
      if (!isObjectId(request.commit))
        throw new Fault('validation', 'a commit id is 40 lower-case hex digits');
      const read = at(request.repository, (endpoint, connection) =>
        readPaths(request, { ...endpoint, connection, treeCache: trees, room: shares }),
      );
      return discreet(request.repository, read);
    },
    close: () => {
      http.close();
      ssh.close();
    },
  };
}

/** What a remembered endpoint answers once the repository was renamed. */
function mayHaveMoved(fault: unknown): boolean {
  return (
    fault instanceof Fault && (fault.class === 'not_found' || fault.message.endsWith('moved the repository'))
  );
}

function scrubbed(fault: unknown, secrets: readonly string[]): unknown {
  if (!(fault instanceof Fault)) return fault;
  const message = withoutSecrets(fault.message, secrets);
  if (message === fault.message) return fault;
  return new Fault(fault.class, message, { advice: fault.advice, retryAfter: fault.retryAfter });
}
