/** Evidence: what tells a gateway that was tampered with from one that missed a message or failed to apply it. */
import { receiptFor } from '../domain/convergence.ts';
import type { Duty, Evidence } from '../domain/drift.ts';
import type { Gateway } from '../domain/gateway.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Announcement } from '../domain/reload.ts';
import type { Report } from '../domain/report.ts';
import type { Announcements, Receipts } from '../ports.ts';

export interface EvidencePorts {
  readonly announcements: Pick<Announcements, 'at' | 'has'>;
  readonly receipts: Pick<Receipts, 'latest' | 'ofGateway'>;
}

/** A heartbeat that does not say what was announced. */
export interface Deviation {
  readonly gateway: Gateway;
  readonly report: Report;
  readonly ran: string | null | undefined;
  readonly announcement: Announcement;
  readonly duty: Duty;
  readonly now: Date;
}

/** Receipts looked through for what a gateway ran before. */
const RECEIPTS_LOOKED_AT = 100;

export async function gather(
  { gateway, report, ran, duty, now }: Deviation,
  ports: EvidencePorts,
): Promise<Evidence> {
  const { configurationId, sequence, contentHash } = duty;
  const { contentHash: running } = report;
  const [latest, announced] = await Promise.all([
    ports.receipts.latest(gateway.id, configurationId),
    ports.announcements.at(configurationId, sequence),
  ]);
  const since = announced?.since ?? sequence;
  const receipt: Receipt | null = receiptFor({ receipt: latest }, { contentHash, sequence, since });
  const known = running === null || (await wasAnnounced(gateway, report, running, duty, now, ports));
  return { duty, running, ran, receipt, known };
}

async function wasAnnounced(
  gateway: Gateway,
  report: Report,
  running: string,
  { configurationId }: Duty,
  now: Date,
  { announcements, receipts }: EvidencePorts,
): Promise<boolean> {
  // What it ran before it was bound nobody has put in the place of anything since.
  if (report.since < (gateway.boundAt ?? gateway.createdAt)) return true;
  if (await announcements.has(configurationId, running)) return true;
  const page = await receipts.ofGateway({
    gatewayId: gateway.id,
    since: new Date(0),
    until: now,
    limit: RECEIPTS_LOOKED_AT,
    after: null,
  });
  return page.items.some(({ statement }) => statement.content_hash === running);
}
