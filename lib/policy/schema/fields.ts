/** Fields: the kinds of value that policy documents are made of. */
import * as z from 'zod';

/**
 * What a schema says about a value beyond its shape, for the rules and for suggestions. `pattern`: RE2. `secret`: a
 * credential, which no file may hold. `open`: the fields in it are not documented, so nobody has checked them.
 */
export interface Note {
  readonly is?: 'pattern' | 'secret' | 'open';
  /** What to write instead of a value of the wrong type. */
  readonly write?: string;
  /** A strict object that takes, beside the keys in its shape, those that `ENV_KEY` matches. */
  readonly takesEnvKeys?: true;
}
export const NOTES = z.registry<Note>();

/** Longer than any name, label or message of a policy has to be; patterns have the same bound. */
export const MAX_TEXT = 2000;

/*
 * Each is one schema for all fields of its kind: making one takes longer than checking a value, and a command-line
 * tool makes all of them to check a single file.
 */
export const text = z.string().min(1).max(MAX_TEXT);
export const texts = z.array(text);
export const flag = z.boolean();
export const fraction = z.number().min(0).max(1);
export const count = z.int().min(0);
export const positive = z.int().min(1);
export const amount = z.number().min(0);
export const days = z.int().min(1).max(36_500);
/** Edits between a term and what matches it. */
export const distance = z.int().min(0).max(8);
export const port = z.int().min(1).max(65_535);

/** `http://` or `https://`, without user, password, space or control character. */
export const url = z
  .string()
  .max(MAX_TEXT)
  .regex(/^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/, {
    error: 'must be a URL that begins with https:// or http://, without user name and password',
  });

export const pattern = text
  .describe('A regular expression in RE2 syntax: no look-around.')
  .register(NOTES, { is: 'pattern' });
export const patterns = z.array(pattern);

/** Accepted by the shape, so that one finding can say what to do instead. */
export const literalSecret = z
  .string()
  .meta({ description: 'Never in a file: use `secret_key_ref`.', deprecated: true })
  .register(NOTES, { is: 'secret' });

const NAME = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_.-]+$/, { error: 'may hold ASCII letters, digits, `_`, `-` and `.` only' });

/** Keys like `account_id_env`, which hold the name of an environment variable. */
export const ENV_KEY = /^[a-z0-9_]+_env$/;
export const environmentName = NAME.describe('The name of an environment variable.');

/** In JSON Schema. The property is named as well, since strict validators insist on it. */
export const requires = (key: string) => ({ properties: { [key]: {} }, required: [key] });

/** Exactly one of the keys. */
export function exactlyOne<T extends z.ZodRawShape>(shape: T, write: string) {
  const keys = Object.keys(shape);
  return z
    .strictObject(shape)
    .partial()
    .refine((value) => keys.filter((key) => key in value).length === 1, {
      error: `exactly one of ${keys.map((key) => `\`${key}\``).join(' and ')} is required`,
    })
    .meta({ oneOf: keys.map(requires) })
    .register(NOTES, { write });
}

/** Where a gateway finds a credential: in its environment, or in the control plane's store. */
export const secretRef = exactlyOne(
  { env: environmentName, store: NAME.describe('The name of a stored secret.') },
  'write `{env: NAME}` or `{store: NAME}`',
);

/** A mapping whose fields are not documented: taken as it is, with a warning. */
export const open = z.looseObject({}).register(NOTES, { is: 'open' });

export const header = z
  .string()
  .max(200)
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'must be the name of an HTTP header' });
