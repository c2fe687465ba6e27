/** What an agent is told at its start, and what it has in place of the outside world. */
import type { Log } from '../../lib/log.ts';
import type { Clock } from './clock.ts';
import type { Files } from './files.ts';
import type { OpenQueue } from './queue.ts';

export interface StalenessOptions {
  /** For how long what runs may go unconfirmed. */
  readonly maxMs: number;
  readonly whenStale: 'serve' | 'fail-closed';
}

export interface AgentOptions {
  readonly gatewayId: string;
  /** Without a trailing slash. */
  readonly apiUrl: string;
  /** The gateway's own. */
  readonly token: string;
  readonly stateDir: string;
  /** Trusts the signing keys of the API when none are pinned yet. */
  readonly pinKeys: boolean;
  readonly reconcileIntervalMs: number;
  readonly heartbeatIntervalMs: number;
  readonly staleness: StalenessOptions | null;
  readonly log: Log;
  readonly outside: Outside;
}

/** `realOutside()` unless a test stands in for it. */
export interface Outside {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly files: Files;
  readonly openQueue: OpenQueue;
}
