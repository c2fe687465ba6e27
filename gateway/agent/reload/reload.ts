/** Reload: how another process is told that its policy file is a new one. */

export type ReloadOutcome =
  /** `runs`: the hash of what it says it runs now. */
  | { readonly kind: 'told'; readonly runs: string | null }
  /** There is nobody to tell: it reads the file when it starts. */
  | { readonly kind: 'not there'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

/** Bounded in time; never throws. */
export type Reload = () => Promise<ReloadOutcome>;

/** Of a gateway that watches the file itself. */
export const noReload: Reload = async () => ({ kind: 'told', runs: null });
