/** The gateway of this process as the target of an agent. */
import type { Manifest } from '../../lib/domain/reload.ts';
import type { Target } from '../agent/target.ts';
import type { Gateway } from './gateway.ts';
import type { Provenance } from './loaded.ts';

/** What a receipt has room for. */
const MAX_REASON = 1000;

export function processTarget(gateway: Pick<Gateway, 'current' | 'load'>): Target {
  const { current } = gateway;
  return {
    async apply(content, manifest) {
      const { contentHash, provenance } = current.loaded ?? {};
      const { content_hash, version_id, sequence } = manifest;
      const isRunning = provenance?.versionId === version_id && provenance.sequence === sequence;
      if (isRunning && contentHash === content_hash) return { kind: 'applied' };
      const outcome = gateway.load(content, provenanceOf(manifest));
      if (outcome.kind === 'loaded') return { kind: 'applied' };
      const reason = outcome.reasons
        .join('; ')
        .replaceAll(/\p{Cc}+/gu, ' ')
        .slice(0, MAX_REASON)
        .toWellFormed();
      return { kind: 'refused', reason };
    },
    running: async () => current.loaded?.contentHash ?? null,
    async failClosed(closed) {
      current.close(closed);
    },
    unenforced: () => current.loaded?.unenforced ?? [],
  };
}

function provenanceOf({ configuration_id, version_id, number, sequence }: Manifest): Provenance {
  return { configurationId: configuration_id, versionId: version_id, number, sequence };
}
