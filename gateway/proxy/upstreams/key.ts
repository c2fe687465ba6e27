/** The key of a target: from where it comes, and in which header it goes. It is in no log and in no error. */
import type { Target } from '../../engine/sections.ts';

/** Undefined for what is not set, and for what is empty. */
export type Environment = (name: string) => string | undefined;

export interface Key {
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string | null;
}

/** The gateway's own credentials: whoever writes policies could otherwise have them sent anywhere. */
const OWN = /^KEEPTRUSTS_/i;

export function keyOf(
  target: Target,
  isAzure: boolean,
  environment: Environment,
): Key | { readonly why: string } {
  const secret = secretOf(target, environment);
  if (typeof secret === 'object' && secret !== null) return secret;
  if (secret === null) return { headers: {}, secret: null };
  // What no header can hold would be refused with the key in the message.
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(secret))
    return { why: 'its key has characters that no header can hold' };
  const header = (target.api_key_header ?? (isAzure ? 'api-key' : 'authorization')).toLowerCase();
  const prefix = target.api_key_prefix ?? (header === 'authorization' ? 'Bearer ' : '');
  if (!/^[\x20-\x7e]*$/.test(prefix))
    return { why: 'its api_key_prefix has characters that no header can hold' };
  return { headers: { [header]: prefix + (/[A-Za-z0-9]$/.test(prefix) ? ' ' : '') + secret }, secret };
}

function secretOf(target: Target, environment: Environment): string | null | { readonly why: string } {
  const { secret_key_ref: ref, api_key: literal } = target;
  // Lint refuses `api_key`; what got past it is used as it says.
  if (literal !== undefined) return literal;
  const named = target.fromEnvironment['api_key'] ?? ref?.env ?? ref?.store;
  if (named === undefined) return null;
  if (OWN.test(named)) return { why: `${named} belongs to the gateway itself and is sent to no provider` };
  const value = environment(named);
  if (value !== undefined) return value;
  return {
    why:
      ref?.store === undefined
        ? `the environment variable ${named} is not set`
        : `the stored secret ${named} is looked for in the environment variable of that name, which is not set`,
  };
}
