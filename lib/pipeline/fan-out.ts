/** Fan-out: tell every gateway of a configuration, in its own queue, which version is in force. */
import type { Activation } from '../domain/activation.ts';
import type { Configuration } from '../domain/configuration.ts';
import { newEvent } from '../domain/event.ts';
import type { FanOutMessage } from '../domain/message.ts';
import type { FanOutOutcome } from '../domain/outcome.ts';
import { type Announcement, type Manifest, manifestBytes } from '../domain/reload.ts';
import type { Log } from '../log.ts';
import type {
  Announcements,
  BoundGateway,
  Clock,
  Configurations,
  FanOutQueue,
  Gateways,
  Mark,
  Metrics,
  ReloadQueues,
  Signer,
} from '../ports.ts';

export interface FanOutPorts {
  readonly configurations: Configurations;
  readonly announcements: Announcements;
  readonly gateways: Gateways;
  readonly reloads: ReloadQueues;
  readonly fanOutQueue: FanOutQueue;
  readonly signer: Signer;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sends under way at once. */
const CONCURRENCY = 32;

/**
 * Announces what is active now, whatever the message says: a message that was overtaken announces the newer
 * version or, when that is done already, nothing. The mark goes only after the last gateway was told, so a
 * fan-out that died is done again; gateways ignore a sequence they have seen.
 */
export async function fanOut(message: FanOutMessage, ports: FanOutPorts): Promise<FanOutOutcome> {
  const [configuration, mark] = await Promise.all([
    ports.configurations.find(message.configuration),
    ports.announcements.find(message.configuration),
  ]);
  if (!configuration || !mark) return { kind: 'skipped', why: 'nothing is waiting to be announced' };
  if (message.after !== null && message.sequence !== mark.sequence) {
    return { kind: 'skipped', why: 'overtaken by a newer version' };
  }
  const announcement = await announce(configuration, mark, ports);
  if (!announcement) return { kind: 'skipped', why: 'overtaken by a newer version' };

  const page = mark.reload
    ? await ports.gateways.bound(configuration.id, message.after)
    : { items: [], next: null };
  const { sent, gone } = await sendAll(page.items, announcement, ports);
  const sequence = announcement.manifest.sequence;
  if (page.next) {
    await ports.fanOutQueue.send([{ configuration: configuration.id, sequence, after: page.next }]);
    return { kind: 'continued', sequence, sent, gone };
  }
  await close(configuration, mark, announcement, ports);
  return { kind: 'announced', sequence, sent, gone };
}

/** The signed statement, made once: a second attempt sends the very same one. */
async function announce(
  configuration: Configuration,
  mark: Mark,
  ports: FanOutPorts,
): Promise<Announcement | null> {
  const { active, announced, sequence } = configuration;
  if (announced && announced.manifest.sequence >= mark.sequence) return announced;
  if (!active) return null;
  const manifest: Manifest = {
    configuration_id: configuration.id,
    version_id: active.id,
    number: active.number,
    sequence,
    content_hash: active.contentHash,
    commit: active.commit,
    issued_at: ports.clock.now().toISOString(),
  };
  const [signature, since, activation] = await Promise.all([
    ports.signer.sign(manifestBytes(manifest)),
    sameBytesSince(manifest, announced, ports),
    activationOf(manifest, mark, ports),
  ]);
  const announcement = { manifest, signature };
  const written = { announcement, since, activation };
  const recorded = await ports.announcements.record(configuration.id, written);
  return recorded ? announcement : null;
}

/** The mark was read beside the configuration, and may be of a moment before it. */
async function activationOf(
  { configuration_id, sequence }: Manifest,
  mark: Mark,
  { announcements }: FanOutPorts,
): Promise<Activation | null> {
  const of = mark.sequence === sequence ? mark : await announcements.find(configuration_id);
  return of?.sequence === sequence ? of.activation : null;
}

/** Gateways that run the bytes of the announcement before this one run the bytes of this one, if they are the same. */
async function sameBytesSince(
  { sequence, content_hash, configuration_id }: Manifest,
  before: Announcement | null,
  { announcements }: FanOutPorts,
): Promise<number> {
  if (before?.manifest.content_hash !== content_hash) return sequence;
  const recorded = await announcements.at(configuration_id, before.manifest.sequence);
  return recorded?.since ?? before.manifest.sequence;
}

async function sendAll(
  gateways: readonly BoundGateway[],
  announcement: Announcement,
  { reloads, log }: FanOutPorts,
): Promise<{ sent: number; gone: number }> {
  const waiting = [...gateways];
  const failures: unknown[] = [];
  let sent = 0;
  let gone = 0;
  const worker = async () => {
    for (let gateway = waiting.pop(); gateway; gateway = waiting.pop()) {
      try {
        const result = await reloads.send(gateway.queueName, { type: 'reload', ...announcement });
        if (result === 'sent') sent++;
        else gone++;
        if (result === 'gone') log.fact('reload.queue_gone', { gateway: gateway.id });
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, gateways.length) }, worker));
  // Everyone who could be told was told; the queue brings the rest back.
  if (failures.length > 0) {
    const message = `${failures.length} of ${gateways.length} gateways were not told`;
    throw new Error(message, { cause: failures[0] });
  }
  return { sent, gone };
}

async function close(
  configuration: Configuration,
  mark: Mark,
  { manifest }: Announcement,
  { announcements, metrics, clock }: FanOutPorts,
): Promise<void> {
  const now = clock.now();
  const event = newEvent(now, {
    type: 'version.announced',
    actor: 'fan-out',
    team: configuration.team,
    configurationId: configuration.id,
    versionId: manifest.version_id,
    detail: { sequence: manifest.sequence, number: manifest.number, reload: mark.reload },
  });
  // The mark as it was read: one that moved since may ask for the reload that this one did not.
  await announcements.done(mark, event);
  if (mark.receivedAt) {
    await metrics.observe(
      'push_to_announced',
      Math.max(0, now.getTime() - Date.parse(mark.receivedAt)) / 1000,
    );
  }
}
