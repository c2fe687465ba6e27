/** Trust: what has to be in the state folder before an agent starts, and how it comes there. */
import type { Log } from '../../lib/log.ts';
import type { GatewayApi } from './api.ts';
import { errnoOf, type Files } from './files.ts';
import { type SignReceipt, signerOf } from './receipts.ts';
import type { Pinned } from './shapes.ts';
import { STATE, type StateFolder } from './state-folder.ts';
import { whyOf } from './why.ts';

/** The agent cannot do what it is for. The message says what would help. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
}

const OTHERS_WRITE = 0o022;
const ROOT = 0;

/** Made if need be. Whoever can write to it can say which keys are trusted. */
export async function safeFolder(
  files: Files,
  folder: string,
  ownUid = process.getuid?.() ?? 0,
): Promise<void> {
  await files.makeFolder(folder);
  const facts = await files.facts(await files.realPath(folder));
  if (!facts) return;
  if ((facts.mode & OTHERS_WRITE) !== 0)
    throw new NotStarted(`others can write to ${folder}: chmod 700 ${folder}`);
  if (facts.uid !== ownUid && facts.uid !== ROOT)
    throw new NotStarted(
      `${folder} is another user's (uid ${facts.uid}), who can write to it: run as that user, or chown ${ownUid} ${folder}`,
    );
}

const MAX_KEY_BYTES = 16 * 1024;

export async function privateKeyOf(state: StateFolder): Promise<SignReceipt> {
  const path = state.pathOf(STATE.privateKey);
  const pem = await state.readText(STATE.privateKey, MAX_KEY_BYTES).catch((error: unknown) => {
    throw errnoOf(error) === null ? new NotStarted(`${path} cannot be read: ${whyOf(error)}`) : error;
  });
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
  // Trust on first use is for a first use.
  if ((await state.files.facts(path)) !== null)
    throw new NotStarted(
      `${path} is damaged: restore it from a backup; or remove it, and have --pin-keys trust those that the API has then`,
    );
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
