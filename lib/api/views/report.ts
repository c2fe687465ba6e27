/** A receipt and a report as the API shows them. */
import type * as z from 'zod';
import { runningOf } from '../../domain/drift.ts';
import type { Receipt } from '../../domain/receipt.ts';
import type { Report } from '../../domain/report.ts';
import type { DRIFT, RECEIPT, REPORTED } from '../schemas/reports.ts';

export function receiptView(receipt: Receipt): z.input<typeof RECEIPT> {
  const { id, configurationId, statement, signature, publicKey, storedAt } = receipt;
  return {
    id,
    configuration_id: configurationId,
    ...statement,
    signature,
    public_key: publicKey,
    stored_at: storedAt,
  };
}

export function reportedView(report: Report): z.input<typeof REPORTED> {
  return {
    content_hash: report.contentHash,
    sequence: report.sequence,
    version_id: report.versionId,
    health: report.health,
    reason: report.reason,
    uptime_seconds: report.uptimeSeconds,
    since: report.since,
    at: report.at,
    last_heartbeat: report.heartbeatAt,
  };
}

export function driftView({ drift }: Report): z.input<typeof DRIFT> | null {
  return (
    drift && {
      kind: drift.kind,
      configuration_id: drift.configurationId,
      since: drift.since,
      running: runningOf(drift),
      expected: drift.expected,
      sequence: drift.sequence,
      resends: drift.resends,
      next_resend_at: drift.resendAt,
      persists_since: drift.persistsSince,
    }
  );
}
