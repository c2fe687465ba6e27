/** The sync queue on one side, `sync` on the other. */
import { parseSyncMessage } from '../../lib/domain/message.ts';
import { type SyncPorts, sync } from '../../lib/pipeline/sync.ts';
import { batchHandler } from '../batch.ts';

export function syncHandler(ports: SyncPorts) {
  const handle = async (body: string) => {
    const message = parseSyncMessage(body);
    return { source: message.source, why: message.why, ...(await sync(message, ports)) };
  };
  return batchHandler(handle, ports.log, 'sync.done');
}
