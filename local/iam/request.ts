/** A request, as IAM sees it: an action on a resource, and what is known around it. */

/** By the key's name in small letters: IAM does not tell letter case in names of keys. */
export type Context = Readonly<Record<string, readonly string[]>>;

export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** What is true of every call of the SDK: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
export const OVER_TLS: Context = { 'aws:securetransport': ['true'] };

/** Leaves out what the call does not have: a key without a value is not in the context. */
export function contextOf(entries: Readonly<Record<string, readonly (string | undefined)[]>>): Context {
  const context: Record<string, readonly string[]> = { ...OVER_TLS };
  for (const [key, values] of Object.entries(entries)) {
    const known = values.filter((value) => value !== undefined);
    if (known.length > 0) context[key.toLowerCase()] = known;
  }
  return context;
}
