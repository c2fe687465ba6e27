/** What the API is handed: the ports it needs, how it is deployed, and whether it is ready. */
import type { Log } from '../log.ts';
import type {
  Announcements,
  Clock,
  Configurations,
  Decisions,
  Events,
  FanOutQueue,
  Gateways,
  Hooks,
  Links,
  Metrics,
  QueueAccess,
  QueueKeeper,
  Receipts,
  ReloadQueues,
  Reports,
  Sealer,
  Signer,
  SigningKeys,
  Sources,
  SyncQueue,
  Tokens,
  Versions,
} from '../ports.ts';

export interface ApiPorts {
  readonly hooks: Hooks;
  readonly sources: Sources;
  readonly links: Links;
  readonly configurations: Configurations;
  readonly versions: Versions;
  readonly announcements: Pick<Announcements, 'at' | 'has'>;
  readonly gateways: Gateways;
  readonly reports: Reports;
  readonly receipts: Receipts;
  readonly tokens: Tokens;
  readonly events: Events;
  readonly decisions: Decisions;
  readonly metrics: Metrics;
  readonly syncQueue: SyncQueue;
  readonly fanOutQueue: FanOutQueue;
  readonly queues: QueueKeeper;
  readonly queueAccess: QueueAccess;
  readonly reloads: ReloadQueues;
  readonly sealer: Sealer;
  readonly signingKeys: SigningKeys;
  /** For proofs alone: with its key nothing is signed that a gateway would run. */
  readonly proofSigner: Signer;
  readonly proofKeys: SigningKeys;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: ApiSettings;
  /** Resolves when what the API depends on answers; throws when it does not. */
  ready(): Promise<void>;
}

export interface ApiSettings {
  /** Where the API is reached, without a trailing slash. */
  readonly publicUrl: string;
  readonly gatewayQueuePrefix: string;
  /** CIDRs of networks that are not public and that git may be read from all the same. */
  readonly gitAllowedNetworks: readonly string[];
}
