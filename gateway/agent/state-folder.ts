/** The state folder: what a gateway knows across restarts. What is in it was written whole, or not at all. */
import { join } from 'node:path';
import type * as z from 'zod';
import { removeFile, replaceFile } from './durable.ts';
import { errnoOf, type Files } from './files.ts';
import type { Sequences } from './sequences.ts';
import {
  CONTACT,
  LAST_GOOD,
  type LastGood,
  OFFER,
  type Offer,
  PINNED,
  type Pinned,
  REFUSED,
  REGISTRATION,
  type Refused,
  SEQUENCES,
} from './shapes.ts';

/** A document may have 256 KiB, and six bytes for a character when it is written as JSON. */
const MAX_BYTES = 2 * 1024 * 1024;

export const STATE = {
  /** Ed25519, PKCS #8, PEM. */
  privateKey: 'gateway-key.pem',
  token: 'token',
  registration: 'gateway.json',
  /** As `GET /v1/keys` answered last, and what was trusted before. */
  keys: 'signing-keys.json',
  lastGood: 'last-good.json',
  applying: 'applying.json',
  refused: 'last-refused.json',
  sequences: 'sequences.json',
  contact: 'contact.json',
  /** Not taken yet, a file each. */
  outbox: 'receipts',
  receiptsLog: 'receipts.log',
} as const;

type Contact = z.output<typeof CONTACT>;

export type StateFolder = ReturnType<typeof stateFolder>;

/** `damaged` is told of each file that cannot be understood; it is then taken for one that is not there. */
export function stateFolder(files: Files, folder: string, damaged: (name: string) => void = () => {}) {
  const pathOf = (name: string) => join(folder, name);

  async function readJson<T>(name: string, shape: z.ZodType<T>): Promise<T | null> {
    try {
      const bytes = await files.read(pathOf(name), MAX_BYTES);
      return bytes && shape.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    } catch (error) {
      if (errnoOf(error) !== null) throw error;
      damaged(name);
      return null;
    }
  }

  const writeJson = (name: string, value: unknown) =>
    replaceFile(files, pathOf(name), Buffer.from(`${JSON.stringify(value, null, 1)}\n`));

  return {
    files,
    folder,
    pathOf,

    async readText(name: string, mostBytes: number): Promise<string | null> {
      const bytes = await files.read(pathOf(name), mostBytes);
      return bytes && Buffer.from(bytes).toString('utf8');
    },
    writeText: (name: string, text: string) => replaceFile(files, pathOf(name), Buffer.from(text)),

    readRegistration: () => readJson(STATE.registration, REGISTRATION),
    writeRegistration: (value: z.output<typeof REGISTRATION>) => writeJson(STATE.registration, value),

    readKeys: () => readJson(STATE.keys, PINNED),
    writeKeys: (value: Pinned) => writeJson(STATE.keys, value),

    readLastGood: () => readJson(STATE.lastGood, LAST_GOOD),
    writeLastGood: (value: LastGood) => writeJson(STATE.lastGood, value),

    readApplying: () => readJson(STATE.applying, OFFER),
    writeApplying: (value: Offer) => writeJson(STATE.applying, value),
    removeApplying: () => removeFile(files, pathOf(STATE.applying)),

    readRefused: () => readJson(STATE.refused, REFUSED),
    writeRefused: (value: Refused) => writeJson(STATE.refused, value),

    async readSequences(): Promise<Sequences> {
      return (await readJson(STATE.sequences, SEQUENCES)) ?? {};
    },
    writeSequences: (value: Sequences) => writeJson(STATE.sequences, value),

    readContact: () => readJson(STATE.contact, CONTACT),
    writeContact: (value: Contact) => writeJson(STATE.contact, value),
  };
}
