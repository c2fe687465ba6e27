/** Fan-out: 1,000 gateways told, beside the bare calls that tell them. `node bench/fan-out.ts` */
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { dynamoAnnouncements } from '../lib/aws/dynamo-announcements.ts';
import { dynamoConfigurations } from '../lib/aws/dynamo-configurations.ts';
import { dynamoGateways } from '../lib/aws/dynamo-gateways.ts';
import { dynamoLinks } from '../lib/aws/dynamo-links.ts';
import { dynamoMetrics } from '../lib/aws/dynamo-metrics.ts';
import { dynamoVersions } from '../lib/aws/dynamo-versions.ts';
import { kmsSigner } from '../lib/aws/kms-signing.ts';
import { sqsQueueKeeper, sqsReloadQueues } from '../lib/aws/sqs.ts';
import { parseConfig } from '../lib/config.ts';
import type { FanOutMessage } from '../lib/domain/message.ts';
import { fanOut as announce } from '../lib/pipeline/fan-out.ts';
import { createConfiguration, updateConfiguration } from '../lib/pipeline/manage/configurations.ts';
import { registerGateway } from '../lib/pipeline/manage/gateways.ts';
import { CALLER, policy } from '../test/support/world.ts';
import { atMost, type Figure, median, plain } from './support/figures.ts';
import { type Bench, runBench, timed } from './support/run.ts';
import { type BenchStack, startBenchStack } from './support/stack.ts';

const GATEWAYS = 1000;
/** As in `lib/pipeline/fan-out.ts`. */
const CONCURRENCY = 32;
const WARM_UP = 1;
const RUNS = 7;
const ID = 'bench-fan-out';

export const fanOut: Bench = {
  title: `fan-out to ${GATEWAYS} gateways`,
  minutes: 15,
  async measure(folder, undo) {
    const stack = await startBenchStack(join(folder, 'stack'), undo);
    const ports = portsOf(stack);
    await createConfiguration(wish(0), CALLER, ports);
    const queues = await register(ports);
    const bare: number[] = [];
    const whole: number[] = [];
    for (let run = 0; run < WARM_UP + RUNS; run++) {
      await change(run + 1, ports);
      const wholeMs = await timed(() => tell(ports));
      const bareMs = await timed(() => send(queues, stack));
      if (run < WARM_UP) continue;
      whole.push(wholeMs);
      bare.push(bareMs);
    }
    return [
      atMost('fan-out ÷ bare SendMessage calls', median(whole) / median(bare), 2, '×'),
      plain('fan-out', median(whole), 'ms'),
      plain(`bare calls, ${CONCURRENCY} at once`, median(bare), 'ms'),
    ] satisfies Figure[];
  },
};

/** The function's own wiring, except that what it asks to be called with again is kept here. */
function portsOf({ clients, table: name, environment }: BenchStack) {
  const config = parseConfig(environment['fan-out'], ['fanOutQueue', 'signingKey']);
  const table = { client: clients.dynamodb, name };
  const messages: FanOutMessage[] = [];
  return {
    messages,
    configurations: dynamoConfigurations(table),
    links: dynamoLinks(table),
    versions: dynamoVersions(table),
    announcements: dynamoAnnouncements(table),
    gateways: dynamoGateways(table),
    metrics: dynamoMetrics(table),
    reloads: sqsReloadQueues(clients.sqs, config.fanOutQueue),
    queues: sqsQueueKeeper(clients.sqs, config.fanOutQueue),
    gatewayQueuePrefix: 'bench-gw-',
    fanOutQueue: {
      send: async (more: readonly FanOutMessage[]) => {
        messages.push(...more);
      },
    },
    signer: kmsSigner(clients.kms, config.signingKey),
    clock: { now: () => new Date() },
    log: { fact: () => {} },
  };
}

type Ports = ReturnType<typeof portsOf>;

const wish = (run: number) => ({
  id: ID,
  team: 'default',
  name: ID,
  description: '',
  labels: {},
  policyYaml: policy({ id: ID, limit: run + 1, version: `1.0.${run}` }),
});

async function change(run: number, ports: Ports): Promise<void> {
  const before = await ports.configurations.find(ID);
  if (!before) throw new Error('the configuration is gone');
  const { kind } = await updateConfiguration(before, { policyYaml: wish(run).policyYaml }, CALLER, ports);
  if (kind !== 'done') throw new Error(`not changed: ${kind}`);
}

async function tell(ports: Ports): Promise<void> {
  let sent = 0;
  for (let next = ports.messages.shift(); next; next = ports.messages.shift()) {
    const outcome = await announce(next, ports);
    if (outcome.kind !== 'skipped') sent += outcome.sent;
  }
  if (sent !== GATEWAYS) throw new Error(`${sent} gateways were told`);
}

async function register(ports: Ports): Promise<readonly string[]> {
  const queues: string[] = [];
  await atOnce(GATEWAYS, async (index) => {
    const gateway = {
      team: 'default',
      name: `gw-${index}`,
      configurationId: ID,
      publicKey: null,
      labels: {},
    };
    queues.push((await registerGateway(gateway, CALLER, ports)).queueUrl);
  });
  // What creating the configuration had to tell.
  await tell(ports);
  return queues;
}

const BODY = 'x'.repeat(700);

async function send(queues: readonly string[], { clients }: BenchStack): Promise<void> {
  await atOnce(queues.length, async (index) => {
    const QueueUrl = queues[index];
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: BODY }));
  });
}

async function atOnce(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

if (import.meta.main) await runBench(fanOut);
