/** What the pipeline asks of a git host, and what it gets back. */
import type { FaultClass } from './fault.ts';
import type { Provider } from './provider.ts';

/** How to read one repository. `url` is `https://host/path` (or `http://`) or `ssh://user@host/path`, without secrets. */
export interface Repository {
  readonly url: string;
  readonly provider: Provider;
  readonly credential: Credential | DeployKey | null;
}

/** `username` is null when the user named none: each provider has its own conventional one. */
export interface Credential {
  readonly username: string | null;
  readonly token: string;
}

/** What opens a repository over SSH. */
export interface DeployKey {
  /** Without a passphrase, in a format of `ssh-keygen`. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`: the keys that the host may prove itself with; null for those a well-known host publishes. */
  readonly hostKeys: readonly string[] | null;
}

export interface Commit {
  /** 40 lower-case hex digits. */
  readonly id: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly message: string;
  /** ISO 8601, UTC; from the commit, so never used to order anything. */
  readonly committedAt: string;
}

/** What an earlier read of the same source learned, so that the next one can be a single request. */
export interface Known {
  readonly commit: string;
  /** Directory path (`''` is the root, no trailing slash) → tree id. */
  readonly trees: Readonly<Record<string, string>>;
  /** File path → blob id, for files whose content the caller has already dealt with. */
  readonly blobs: Readonly<Record<string, string>>;
}

export interface ReadRequest {
  readonly repository: Repository;
  readonly commit: string;
  /** Tracked paths: a file (`a/b.yaml`), or a directory with a trailing slash (`a/`; `/` is the root). */
  readonly paths: readonly string[];
  readonly known: Known | null;
}

/** `bytes` is null when the blob is the one in `known.blobs` at that path: the caller has it. */
export interface FileRead {
  readonly kind: 'file';
  readonly blob: string;
  readonly bytes: Uint8Array | null;
}

/** Every `*.yaml` and `*.yml` below the directory, at any depth, by full path. */
export interface DirectoryRead {
  readonly kind: 'directory';
  readonly tree: string;
  readonly files: ReadonlyMap<string, FileRead | ProblemRead>;
}

/** The path cannot be used as it is: missing, a symlink, a submodule, an LFS pointer, too large… */
export interface ProblemRead {
  readonly kind: 'problem';
  readonly class: FaultClass;
  readonly message: string;
}

export type PathRead = FileRead | DirectoryRead | ProblemRead;

export interface ReadResult {
  readonly commit: Commit;
  /** Which way the objects came; logged, and shown in the docs of each host. */
  readonly how: 'delta' | 'walk' | 'blob-filter' | 'shallow';
  /** Keyed by the tracked path as asked for. */
  readonly paths: ReadonlyMap<string, PathRead>;
  /** Every directory met on the way to the tracked paths and below them, for the next `Known`. */
  readonly trees: Readonly<Record<string, string>>;
}
