/** The keys of the local KMS: one file, readable by its owner only, replaced as a whole. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';

const KEY = z.object({
  id: z.uuid(),
  spec: z.enum(['SYMMETRIC_DEFAULT', 'ECC_NIST_P256']),
  state: z.enum(['Enabled', 'Disabled', 'PendingDeletion']),
  description: z.string(),
  /** Epoch seconds. */
  created: z.number(),
  deletion: z.number().optional(),
  /** Base64: 32 random bytes, or a PKCS #8 private key. */
  material: z.string(),
});
const FILE = z.object({
  version: z.literal(1),
  keys: z.array(KEY),
  aliases: z.record(z.string(), z.string()),
});

export type Key = z.output<typeof KEY>;

export interface KeyFile {
  readonly keys: ReadonlyMap<string, Key>;
  /** `alias/name` to key id. */
  readonly aliases: ReadonlyMap<string, string>;
  put(key: Key): void;
  setAlias(name: string, keyId: string | undefined): void;
}

/** Throws when the file is there and not readable as keys: starting with new ones would lose every ciphertext. */
export function openKeyFile(path: string): KeyFile {
  const stored = existsSync(path)
    ? FILE.parse(JSON.parse(readFileSync(path, 'utf8')))
    : { keys: [], aliases: {} };
  const keys = new Map(stored.keys.map((key) => [key.id, key]));
  const aliases = new Map(Object.entries(stored.aliases));
  const save = () =>
    replaceFile(
      path,
      JSON.stringify({ version: 1, keys: [...keys.values()], aliases: Object.fromEntries(aliases) }),
    );
  return {
    keys,
    aliases,
    put: (key) => {
      keys.set(key.id, key);
      save();
    },
    setAlias: (name, keyId) => {
      if (keyId === undefined) aliases.delete(name);
      else aliases.set(name, keyId);
      save();
    },
  };
}

/** A reader sees the old file or the new one, whenever we are killed; a power cut included. */
function replaceFile(path: string, content: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
