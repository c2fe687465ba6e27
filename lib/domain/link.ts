/** A link: one tracked path of one branch of one repository, and the configurations it feeds. */
import type { FaultClass } from './fault.ts';
import type { Finding } from './finding.ts';
import type { Provider } from './provider.ts';

export const POLL_INTERVAL = { default: 60, least: 30, most: 86_400 } as const;

export interface Link {
  readonly id: string;
  readonly team: string;
  readonly repoUrl: string;
  readonly provider: Provider;
  readonly branch: string;
  /** A file, or a directory when it ends in `/`. */
  readonly path: string;
  readonly username: string | null;
  /** Whether a sealed access token, or deploy key, is stored for it. */
  readonly hasToken: boolean;
  /** What is known of its deploy key; null when it is not read over SSH. */
  readonly deployKey: DeployKeyFacts | null;
  /** Raised with each replacement of what is sealed; 0 for links from before it was counted. */
  readonly credentialGeneration: number;
  readonly pollIntervalSeconds: number;
  readonly autoCreateConfiguration: boolean;
  /** The configuration a file link must feed; null when it is created from the document. */
  readonly configurationId: string | null;
  readonly sourceId: string;
  readonly hookId: string | null;
  readonly createdAt: string;
  /** When a run last ended well for it; polls that found nothing new are on the source. */
  readonly lastSync: string | null;
  /** Content hash of what it feeds; null for a directory, which feeds many. */
  readonly currentVersion: string | null;
  readonly configurationIds: readonly string[];
  readonly error: LinkError | null;
}

/** Nothing of it is secret. */
export interface DeployKeyFacts {
  /** `SHA256:…` of its public half. */
  readonly fingerprint: string;
  /** `ssh-ed25519 AAAA…`: what the host may prove itself with; null for the keys that a well-known host publishes. */
  readonly hostKeys: readonly string[] | null;
}

export interface LinkError {
  readonly class: FaultClass;
  readonly message: string;
  readonly since: string;
  readonly findings: readonly Finding[];
}

/** What became of one file below a link, kept so that an unchanged file is not read again. */
export interface TrackedFile {
  readonly path: string;
  /** As it was judged; empty while the run that first published it has not ended. */
  readonly blob: string;
  /** Null until the file has published something. */
  readonly configurationId: string | null;
  /** Hash of the content in `blob`; null when that content could not be published. */
  readonly contentHash: string | null;
  readonly error: FileError | null;
}

export interface FileError {
  readonly class: FaultClass;
  readonly message: string;
  readonly findings: readonly Finding[];
}

export type LinkStatus = 'pending' | 'synced' | 'error';
