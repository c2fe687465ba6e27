/** Hear: keep what a gateway says it runs and, when that is not what it was told, see to it. */
import {
  type Drift,
  type DriftEnd,
  type Duty,
  inGrace,
  isDue,
  kindOf,
  listened,
  newDrift,
  nextDrift,
  runningOf,
} from '../domain/drift.ts';
import { type Event, newEvent } from '../domain/event.ts';
import { UnreadableRow } from '../domain/fault.ts';
import type { Gateway } from '../domain/gateway.ts';
import type { Announcement } from '../domain/reload.ts';
import type { Heartbeat, Report } from '../domain/report.ts';
import type { Log } from '../log.ts';
import type { Clock, Configurations, DriftStep, Gateways, ReloadQueues, Reports } from '../ports.ts';
import { type Deviation, type EvidencePorts, gather } from './evidence.ts';

export interface HearPorts extends EvidencePorts {
  readonly gateways: Pick<Gateways, 'find'>;
  readonly configurations: Pick<Configurations, 'find'>;
  readonly reports: Pick<Reports, 'heartbeat' | 'step'>;
  readonly reloads: Pick<ReloadQueues, 'send'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A gateway that runs what it must costs one write and two reads; more is read only when an episode takes a step. */
export async function hear(gatewayId: string, heartbeat: Heartbeat, ports: HearPorts): Promise<void> {
  const now = ports.clock.now();
  const [{ report, ran }, told] = await Promise.all([
    ports.reports.heartbeat(gatewayId, heartbeat, now),
    toldTo(gatewayId, ports).catch((error: unknown) => unreadable(gatewayId, error, ports)),
  ]);
  if (told === null) return;
  const { gateway, announcement } = told;
  const duty = announcement && dutyOf(announcement);
  const { drift } = report;
  const elsewhere = drift !== null && drift.configurationId !== duty?.configurationId;
  if (!duty || report.contentHash === duty.contentHash || elsewhere) {
    if (drift) await end(gateway, report, drift, endOf(duty, elsewhere), now, ports);
    return;
  }
  await heed({ gateway, report, ran, announcement, duty, now }, ports);
}

const endOf = (duty: Duty | null, elsewhere: boolean): DriftEnd =>
  duty === null ? 'must run nothing' : elsewhere ? 'must run something else' : 'runs what it must';

/** What it says is kept all the same; what it must run, an operator has to repair. */
function unreadable(gateway: string, error: unknown, { log }: HearPorts): null {
  if (!(error instanceof UnreadableRow)) throw error;
  log.fact('row.unreadable', { gateway });
  return null;
}

/** Null when the gateway is gone; without an announcement when it was told nothing. */
async function toldTo(
  gatewayId: string,
  { gateways, configurations }: HearPorts,
): Promise<{ gateway: Gateway; announcement: Announcement | null } | null> {
  const gateway = await gateways.find(gatewayId);
  if (!gateway) return null;
  const { configurationId } = gateway;
  const configuration = configurationId === null ? null : await configurations.find(configurationId);
  const announcement = configuration?.deletedAt === null ? configuration.announced : null;
  return { gateway, announcement };
}

function dutyOf({ manifest }: Announcement): Duty {
  return {
    configurationId: manifest.configuration_id,
    contentHash: manifest.content_hash,
    sequence: manifest.sequence,
    announcedAt: manifest.issued_at,
  };
}

async function heed(deviation: Deviation, ports: HearPorts): Promise<void> {
  const { gateway, report, duty, now, announcement } = deviation;
  const { drift: before } = report;
  if (inGrace(gateway, report, duty, null, now)) return;
  if (before && !isDue(before, duty, now)) return listen(deviation, before, ports);
  const evidence = await gather(deviation, ports);
  if (inGrace(gateway, report, duty, evidence.receipt, now)) return;
  const kind = kindOf(evidence);
  const drift = before ? nextDrift(before, evidence, kind, now) : newDrift(evidence, kind, now);
  const resent = drift.resends > (before?.resends ?? 0);
  const events = eventsOf(gateway, before, drift, now);
  const running = report.contentHash;
  const step: DriftStep = { gateway, running, before, after: drift, ended: null, at: now, events };
  if (!(await ports.reports.step(step))) return;
  if (drift.persistsSince !== null && before?.persistsSince === null)
    ports.log.fact('gateway.drift_persists', {
      gateway: gateway.id,
      configuration: duty.configurationId,
      kind: drift.kind,
    });
  if (resent) await resend(gateway, announcement, ports);
}

async function listen(
  { gateway, report, now }: Deviation,
  before: Drift,
  { reports }: HearPorts,
): Promise<void> {
  const { contentHash: running } = report;
  if (running === runningOf(before)) return;
  const after = listened(before, running, now);
  await reports.step({ gateway, running, before, after, ended: null, at: now, events: [] });
}

async function end(
  gateway: Gateway,
  { contentHash: running }: Report,
  before: Drift,
  ended: DriftEnd,
  now: Date,
  { reports }: HearPorts,
): Promise<void> {
  const detail = { ...detailOf(before), why: ended };
  const event = driftEvent('gateway.drift_cleared', gateway, before, now, detail);
  await reports.step({ gateway, running, before, after: null, ended, at: now, events: [event] });
}

function eventsOf(gateway: Gateway, before: Drift | null, drift: Drift, now: Date): Event[] {
  const detail = detailOf(drift);
  if (before === null) return [driftEvent('gateway.drifted', gateway, drift, now, detail)];
  if (drift.resends === before.resends) return [];
  const { sequence, resends } = drift;
  const resent = { sequence, why: 'drift', attempt: resends };
  return [
    driftEvent('gateway.reload_requested', gateway, drift, now, resent),
    ...(drift.persistsSince !== null && before.persistsSince === null
      ? [driftEvent('gateway.drift_persists', gateway, drift, now, detail)]
      : []),
  ];
}

function detailOf(drift: Drift): Readonly<Record<string, unknown>> {
  const { kind, expected, sequence, since, resends } = drift;
  return { kind, running: runningOf(drift), expected, sequence, since, resends };
}

function driftEvent(
  type: 'gateway.drifted' | 'gateway.drift_persists' | 'gateway.drift_cleared' | 'gateway.reload_requested',
  { id, team }: Gateway,
  { configurationId }: Drift,
  now: Date,
  detail: Readonly<Record<string, unknown>>,
): Event {
  return newEvent(now, { type, actor: 'drift', team, gatewayId: id, configurationId, detail });
}

/** Best effort: what could not be sent is sent at the next step, and a gateway asks by itself. */
async function resend(gateway: Gateway, announcement: Announcement, { reloads, log }: HearPorts) {
  try {
    const result = await reloads.send(gateway.queueName, { type: 'reload', ...announcement });
    if (result === 'gone') log.fact('reload.queue_gone', { gateway: gateway.id });
  } catch {
    log.fact('reload.not_sent', { gateway: gateway.id });
  }
}
