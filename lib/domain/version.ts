/** A version: the immutable record that a commit, or a person, published a policy document. */
import { derivedId } from './ids.ts';

export interface Version {
  readonly id: string;
  readonly configurationId: string;
  /** 1, 2, 3 … within its configuration. */
  readonly number: number;
  /** Lower-case hex SHA-256 of the exact bytes. */
  readonly contentHash: string;
  readonly source: 'git' | 'api';
  /** Null for a version that came through the API. */
  readonly commit: string | null;
  readonly blob: string | null;
  readonly author: string | null;
  readonly message: string | null;
  readonly packVersion: string;
  readonly createdAt: string;
  readonly summary: string;
}

/** What a configuration remembers of a version. */
export interface VersionRef {
  readonly id: string;
  readonly number: number;
  readonly contentHash: string;
  readonly commit: string | null;
}

/** The id follows from what is published, so publishing the same thing twice collapses into one version. */
export function versionId(configurationId: string, contentHash: string, commit: string): string {
  return derivedId('ver', configurationId, contentHash, commit);
}

export function refOf(version: Version): VersionRef {
  return {
    id: version.id,
    number: version.number,
    contentHash: version.contentHash,
    commit: version.commit,
  };
}
