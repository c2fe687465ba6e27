/** Trust: what has to be in the state folder before an agent starts, and how it comes there. */
import type { Log } from '../../lib/log.ts';
import type { GatewayApi } from './api.ts';
import type { Files } from './files.ts';
import { type SignReceipt, signerOf } from './receipts.ts';
import type { Pinned } from './shapes.ts';
import { STATE, type StateFolder } from './state-folder.ts';
import { whyOf } from './why.ts';

/** The agent cannot do what it is for. The message says what would help. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

const OTHERS_WRITE = 0o022;

/** Made if need be. Whoever can write to it can say which keys are trusted. */
export async function safeFolder(files: Files, folder: string): Promise<void> {
  await files.makeFolder(folder);
  const facts = await files.facts(await files.realPath(folder));
  if (facts && (facts.mode & OTHERS_WRITE) !== 0)
    throw new NotStarted(`others can write to ${folder}: chmod 700 ${folder}`);
}

const MAX_KEY_BYTES = 16 * 1024;

export async function privateKeyOf(state: StateFolder): Promise<SignReceipt> {
  const path = state.pathOf(STATE.privateKey);
  const pem = await state.readText(STATE.privateKey, MAX_KEY_BYTES);
  if (pem === null)
    throw new NotStarted(
      `${path} is not there: receipts are signed with it. kt gateway create --state-dir makes it, and registers its public half`,
    );
  try {
    return signerOf(pem);
  } catch {
    throw new NotStarted(`${path} is not an Ed25519 private key in PEM form (${pem.length} characters)`);
  }
}

interface TrustOptions {
  readonly api: Pick<GatewayApi, 'keys'>;
  readonly pinKeys: boolean;
  readonly log: Log;
}

/** Those that are pinned; else, if that was asked for, those of the API, from now on. */
export async function trustedKeys(state: StateFolder, { api, pinKeys, log }: TrustOptions): Promise<Pinned> {
  const pinned = await state.readKeys();
  if (pinned) return pinned;
  const path = state.pathOf(STATE.keys);
  if (!pinKeys)
    throw new NotStarted(
      `no signing keys are pinned (${path}): kt gateway create --state-dir pins them; --pin-keys trusts those that the API has now`,
    );
  try {
    const keys = { keys: [...(await api.keys())], retired: [] };
    await state.writeKeys(keys);
    log.fact('keys.trusted_on_first_use', { keys: keys.keys.map(({ kid }) => kid), file: path });
    return keys;
  } catch (error) {
    throw new NotStarted(`the signing keys of the API cannot be pinned: ${whyOf(error)}`);
  }
}
