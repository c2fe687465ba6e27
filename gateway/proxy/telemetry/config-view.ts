/** The running configuration, for whoever compares it with what should run. */
import type { Current } from '../current.ts';
import type { FailMode } from '../judge.ts';

/** Null until a policy is loaded. */
export function configView({ loaded, isClosed }: Current, failMode: FailMode) {
  if (!loaded) return null;
  const { pack, kinds, contentHash, provenance, loadedAt, unenforced, without } = loaded;
  return {
    pack: { name: pack.name, version: pack.version, enabled: pack.enabled },
    policies: { chain: kinds },
    content_hash: contentHash,
    configuration_id: provenance?.configurationId ?? null,
    version_id: provenance?.versionId ?? null,
    number: provenance?.number ?? null,
    sequence: provenance?.sequence ?? null,
    loaded_at: loadedAt.toISOString(),
    unenforced,
    without_effect: without,
    fail_mode: failMode,
    closed: isClosed,
  };
}
