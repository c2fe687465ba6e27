/** The decision event of a call. It holds no text of the request or of the answer. */
import { randomUUID } from 'node:crypto';
import type { Decision } from '../../../lib/domain/decision.ts';
import type { CallRecord } from '../chat/record.ts';
import type { Loaded } from '../loaded.ts';

/** As many as the API takes. */
const MAX_RESULTS = 100;
const MAX_NAME = 200;

export interface CallFacts {
  readonly requestId: string;
  readonly status: number;
  readonly latencyMs: number;
  readonly at: Date;
}

/** Null for a call that no policy was asked about: there was no decision. */
export function decisionOf(record: CallRecord, loaded: Loaded, facts: CallFacts): Decision | null {
  const { verdict, reasonCode, results } = record;
  if (verdict === null || reasonCode === null) return null;
  return {
    id: `evt_${randomUUID().replaceAll('-', '')}`,
    timestamp: facts.at.toISOString(),
    verdict,
    reason_code: reasonCode,
    model: nameOrNull(record.model),
    provider: nameOrNull(record.provider),
    config_version: loaded.pack.version,
    content_hash: loaded.contentHash,
    version_id: loaded.provenance?.versionId ?? null,
    sequence: loaded.provenance?.sequence ?? null,
    request_id: facts.requestId,
    status: facts.status,
    stream: record.stream,
    latency_ms: Math.round(facts.latencyMs * 10) / 10,
    policy_results: results.slice(0, MAX_RESULTS).map(({ kind, phase, verdict: said, reasonCode: why }) => ({
      kind,
      phase,
      verdict: said,
      reason_code: why,
    })),
    redactions: results.filter((result) => result.verdict === 'redact').length,
    prompt_hash: record.promptHash,
    unenforced: loaded.unenforced,
    degraded: record.degraded,
    reason: record.reason,
  };
}

/** A name that the client chose may be anything. */
function nameOrNull(name: string | null): string | null {
  const clean = name
    ?.toWellFormed()
    .replaceAll(/\p{Cc}/gu, '')
    .slice(0, MAX_NAME)
    .toWellFormed();
  return clean ? clean : null;
}
