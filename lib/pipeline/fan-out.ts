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
/** Of the minute that the function has: queues that hang must not keep the next page from being asked for. */
const SENDING_SECONDS = 40;

/**
 * Announces what is active now, whatever the message says: a message that was overtaken announces the newer
 * version or, when that is done already, nothing. The mark goes only after the last gateway was told, so a
 * fan-out that died is done again; gateways ignore a sequence they have seen.
 *
 * A gateway that cannot be told keeps its mark and nobody waiting: the pages behind it are told all the same, the
 * last of them throws instead of ending, and the poller begins anew.
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
  const { sent, gone, failures } = await sendAll(page.items, announcement, ports);
  const sequence = announcement.manifest.sequence;
  const missed = (message.missed ?? 0) + failures.length;
  if (page.next) {
    const next = { configuration: configuration.id, sequence, after: page.next };
    await ports.fanOutQueue.send([missed > 0 ? { ...next, missed } : next]);
    return { kind: 'continued', sequence, sent, gone };
  }
  if (missed > 0) {
    const cause = failures.length > 0 ? { cause: failures[0] } : {};
    throw new Error(`${missed} gateways were not told of sequence ${sequence}`, cause);
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
  { reloads, clock, log }: FanOutPorts,
): Promise<{ sent: number; gone: number; failures: readonly unknown[] }> {
  const waiting = [...gateways];
  const failures: unknown[] = [];
  const until = clock.now().getTime() + SENDING_SECONDS * 1000;
  let sent = 0;
  let gone = 0;
  const worker = async () => {
    for (let gateway = waiting.pop(); gateway; gateway = waiting.pop()) {
      try {
        if (clock.now().getTime() >= until) throw new Error('there was no time left to tell it');
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
  return { sent, gone, failures };
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
  // As it was read: one that moved since may ask for the reload that this one did not. And no later one than what was
  // announced, since it was read beside the configuration and may be of a moment after it.
  const sequence = Math.min(mark.sequence, manifest.sequence);
  await announcements.done({ ...mark, sequence }, event);
  if (mark.receivedAt) {
    await metrics.observe(
      'push_to_announced',
      Math.max(0, now.getTime() - Date.parse(mark.receivedAt)) / 1000,
    );
  }
}
