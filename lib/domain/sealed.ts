/** A sealed secret: ciphertext that opens only for the thing and the purpose it was sealed for. */

/** Binds a ciphertext to its row: KMS encryption context of the data key, and additional data of the cipher. */
export type SealContext =
  | { readonly purpose: 'git-token'; readonly link: string; readonly generation?: string }
  | { readonly purpose: 'hook-secret'; readonly hook: string; readonly secret: string };

/**
 * Of a link's access token or deploy key. The generation goes up with each replacement, so that an old ciphertext that
 * is put back does not open. 0 is for what was sealed before there were generations.
 */
export function credentialContext(link: string, generation: number): SealContext {
  const context = { purpose: 'git-token', link } as const;
  return generation === 0 ? context : { ...context, generation: String(generation) };
}

/** It will never open: sealed for something else, altered, or under a key that was taken away. */
export class Unopenable extends Error {
  override readonly name = 'Unopenable';
}

export interface Sealed {
  readonly v: 1;
  readonly key: string;
  /** The data key, encrypted by KMS. */
  readonly wrapped: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}
