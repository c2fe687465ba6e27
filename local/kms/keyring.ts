/** Keys by any of the four names KMS takes, in a state that allows the use. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { KmsFailure } from './failure.ts';
import type { Key, KeyFile } from './keys.ts';

export const ACCOUNT = '000000000000';

export interface Keyring {
  create(spec: Key['spec'], description: string): Key;
  /** By id, ARN, alias name or alias ARN. Throws `NotFoundException`. */
  find(name: string): Key;
  /** As `find`, for an enabled key of this kind. */
  usable(name: string, usage: Usage): Key;
  update(key: Key): void;
  all(): readonly Key[];
  aliases(): ReadonlyMap<string, string>;
  setAlias(name: string, target: string | undefined): void;
  arn(key: Key): string;
}

export type Usage = 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY';

export const USAGE = {
  SYMMETRIC_DEFAULT: 'ENCRYPT_DECRYPT',
  ECC_NIST_P256: 'SIGN_VERIFY',
} as const satisfies Record<Key['spec'], Usage>;

const MATERIAL = {
  SYMMETRIC_DEFAULT: () => randomBytes(32),
  ECC_NIST_P256: () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'der' }),
} as const satisfies Record<Key['spec'], () => Buffer>;

export function keyring(file: KeyFile, region: string): Keyring {
  const prefix = `arn:aws:kms:${region}:${ACCOUNT}:`;
  const find = (name: string): Key => {
    const plain = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    const id = plain.startsWith('alias/') ? file.aliases.get(plain) : plain.replace(/^key\//, '');
    const key = id === undefined ? undefined : file.keys.get(id);
    if (!key) throw new KmsFailure('NotFoundException', `Key '${name}' does not exist`);
    return key;
  };
  return {
    find,
    create: (spec, description) => {
      const material = MATERIAL[spec]().toString('base64');
      const created = Date.now() / 1000;
      const key: Key = { id: randomUUID(), spec, state: 'Enabled', description, created, material };
      file.put(key);
      return key;
    },
    usable: (name, usage) => {
      const key = find(name);
      if (key.state === 'Disabled') throw new KmsFailure('DisabledException', `${key.id} is disabled.`);
      if (key.state === 'PendingDeletion') {
        throw new KmsFailure('KMSInvalidStateException', `${key.id} is pending deletion.`);
      }
      if (USAGE[key.spec] !== usage) {
        throw new KmsFailure('InvalidKeyUsageException', `${key.id} key usage is ${USAGE[key.spec]}.`);
      }
      return key;
    },
    update: (key) => file.put(key),
    all: () => [...file.keys.values()],
    aliases: () => file.aliases,
    setAlias: (name, target) => file.setAlias(name, target === undefined ? undefined : find(target).id),
    arn: (key) => `${prefix}key/${key.id}`,
  };
}
