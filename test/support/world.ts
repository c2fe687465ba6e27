/** A world for the pipeline: the real adapters on the local DynamoDB and KMS, and a real git server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitHost } from '../../lib/git/git-host.ts';
import { localClients, startEmulators } from '../../local/emulators.ts';
import { newKeys } from '../fakes/memory-kms.ts';
import { startGitServer } from './git-server.ts';
import { createTable } from './table.ts';
import { worldOver } from './world-of.ts';

export { policy } from './policy.ts';
export { CALLER } from './world-of.ts';

export type World = Awaited<ReturnType<typeof startWorld>>;

export async function startWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'kt-world-'));
  const region = 'us-east-1';
  const emulators = await startEmulators({ folder, region, log: () => {}, environment: {} });
  const clients = localClients(emulators.endpoints, region);
  const git = await startGitServer();
  const keys = await newKeys(clients.kms);
  const host = gitHost({ allowedNetworks: ['127.0.0.0/8'] });
  let tables = 0;

  /** A world of its own: nothing another test did is in it. */
  async function fresh() {
    const table = { client: clients.dynamodb, name: `kt-${++tables}` };
    await createTable(table);
    return worldOver({ table, kms: clients.kms, keys, git: host });
  }

  return {
    git,
    clients,
    dataKey: keys.data,
    sessions: emulators.sessions,
    fresh,
    async close() {
      host.close();
      clients.destroy();
      await git.close();
      await emulators.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
