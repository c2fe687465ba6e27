/** Registration: what a new gateway's state folder holds before its agent first starts. */
import { generateKeyPairSync } from 'node:crypto';
import type { Files } from './files.ts';
import { realFiles } from './files.ts';
import type { Key } from './shapes.ts';
import { STATE, stateFolder } from './state-folder.ts';
import { safeFolder } from './trust.ts';

export type Enrolment = Awaited<ReturnType<typeof enrol>>;

/**
 * Makes the gateway's key in a folder that holds no other's. What was made is removed by `undo`, if the registration
 * fails after all.
 */
export async function enrol(folder: string, files: Files = realFiles) {
  await safeFolder(files, folder);
  const taken = (await files.list(folder)).find((name) => Object.values<string>(STATE).includes(name));
  if (taken !== undefined) throw new Taken(taken);
  const state = stateFolder(files, folder);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  await state.writeText(STATE.privateKey, String(privateKey.export({ type: 'pkcs8', format: 'pem' })));

  return {
    /** SPKI, PEM. */
    publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })),
    pin: (keys: readonly Key[]) => state.writeKeys({ keys: [...keys], retired: [] }),
    async keep({
      gatewayId,
      apiUrl,
      token,
    }: {
      gatewayId: string;
      apiUrl: string;
      token: string;
    }): Promise<void> {
      await state.writeText(STATE.token, `${token}\n`);
      await state.writeRegistration({ gateway_id: gatewayId, api_url: apiUrl });
    },
    async undo(): Promise<void> {
      for (const name of [STATE.privateKey, STATE.keys, STATE.token, STATE.registration])
        await files.remove(state.pathOf(name));
    },
  };
}

/** The folder is that of a gateway already. */
export class Taken extends Error {
  override readonly name = 'Taken';

  constructor(file: string) {
    super(`it holds ${file} already: it is the state folder of another gateway`);
  }
}
