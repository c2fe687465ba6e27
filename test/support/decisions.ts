/** Decisions as a gateway sends them; what varies in tests varies by an override. */
import type { Decision } from '../../lib/domain/decision.ts';

export interface SentDecision extends Decision {
  readonly event_type: 'decision';
}

let made = 0;

export function decision(more: Partial<SentDecision> = {}): SentDecision {
  made += 1;
  return {
    id: `evt_${made}`,
    timestamp: '2026-03-01T11:59:58.123Z',
    event_type: 'decision',
    verdict: 'allow',
    reason_code: 'all_policies_passed',
    model: 'gpt-4o',
    provider: 'primary',
    config_version: '1.2.0',
    content_hash: 'a'.repeat(64),
    version_id: 'ver_1',
    sequence: 3,
    request_id: 'req_1',
    status: 200,
    stream: false,
    latency_ms: 12.5,
    policy_results: [
      { kind: 'prompt-injection', phase: 'input', verdict: 'allow', reason_code: 'prompt_injection.passed' },
    ],
    redactions: 0,
    prompt_hash: 'b'.repeat(64),
    unenforced: [],
    degraded: false,
    reason: null,
    ...more,
  };
}
