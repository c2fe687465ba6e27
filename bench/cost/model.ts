/** Model: what an installation of a size costs a month, from what each flow uses once. */
import type { Flow, Flows } from './flows.ts';
import {
  ALARMS,
  CALLED_BY,
  GATEWAY_SECONDS,
  IDLE_POLLS,
  KEYS,
  LINES,
  MEMORY_GB,
  METRICS,
  MONTH,
  PRICES,
  QUEUES,
  SECONDS,
} from './prices.ts';

export interface Installation {
  readonly links: number;
  readonly sources: number;
  readonly gateways: number;
  readonly pollSeconds: number;
  readonly pushesADay: number;
  /** Bound to each configuration. */
  readonly gatewaysEach: number;
}

/** Links on ten to a source, one gateway to a configuration; each link changes every ten days. */
export function installation(links: number, pollSeconds = 60): Installation {
  const sources = Math.max(1, links / 10);
  return { links, sources, gateways: links, pollSeconds, pushesADay: links / 10, gatewaysEach: 1 };
}

/** Dollars of doing a flow once: by the table, by the function, by everything else. */
export function costOf(flow: Flow) {
  const over = CALLED_BY[flow.role];
  const seconds =
    SECONDS.own +
    flow.dynamo * SECONDS.dynamo +
    flow.sqs * SECONDS.sqs +
    flow.decrypt * SECONDS.decrypt +
    flow.sign * SECONDS.sign +
    flow.git * SECONDS.git;
  const logged = flow.logged + LINES.own + LINES.invocation + (over === 'http' ? LINES.access : 0);
  const parts = {
    table: flow.read * PRICES.read + flow.write * PRICES.write,
    function: PRICES.lambdaRequest + seconds * MEMORY_GB[flow.role] * PRICES.lambdaGbSecond,
    // What works a queue also receives and deletes.
    queue: (flow.sqs + (over === 'queue' ? 2 : 0)) * PRICES.sqs,
    keys: flow.decrypt * PRICES.decrypt + flow.sign * PRICES.sign,
    http: over === 'http' ? PRICES.http : 0,
    logs: (logged / 1e9) * PRICES.logs,
    transfer: (flow.sent / 1e9) * PRICES.transfer,
  };
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { ...parts, total, seconds };
}

export interface Bill {
  readonly fixed: number;
  readonly polling: number;
  readonly pushes: number;
  readonly gatewaysIdle: number;
  readonly gatewaysPushes: number;
}

export function billOf(flows: Flows, size: Installation): Bill {
  const times = MONTH / 60;
  const fixed =
    KEYS * PRICES.kmsKey +
    ALARMS * PRICES.alarm +
    METRICS * PRICES.metric +
    QUEUES * IDLE_POLLS * PRICES.sqs +
    times * (costOf(flows.tick).total + PRICES.scheduler);
  const looks = (size.sources * MONTH) / size.pollSeconds;
  const polling = looks * costOf(flows.look).total;
  const pushes = size.pushesADay * 30;
  // The first is in the flow; of the rest, what a hundred used more.
  const another = (costOf(flows.fanOutToMany).total - costOf(flows.fanOut).total) / 99;
  const onePush =
    costOf(flows.webhook).total +
    costOf(flows.sync).total +
    costOf(flows.fanOut).total +
    another * Math.max(0, size.gatewaysEach - 1);
  const often = (flow: Flow, seconds: number) => (MONTH / seconds) * costOf(flow).total;
  const oneGateway =
    (MONTH / GATEWAY_SECONDS.wait) * PRICES.sqs +
    often(flows.heartbeat, GATEWAY_SECONDS.heartbeat) +
    often(flows.reconcile, GATEWAY_SECONDS.reconcile) +
    often(flows.credentials, GATEWAY_SECONDS.credentials);
  // It fetches, says so twice, and takes its message.
  const oneReload =
    costOf(flows.fetched).total +
    costOf(flows.receipt).total +
    costOf(flows.heartbeat).total +
    2 * PRICES.sqs;
  return {
    fixed,
    polling,
    pushes: pushes * onePush,
    gatewaysIdle: size.gateways * oneGateway,
    gatewaysPushes: pushes * size.gatewaysEach * oneReload,
  };
}

/** Requests a second that an installation makes of something limited. */
export function ratesOf(flows: Flows, size: Installation) {
  const looks = size.sources / size.pollSeconds;
  const perGateway =
    1 / GATEWAY_SECONDS.heartbeat + 1 / GATEWAY_SECONDS.reconcile + 1 / GATEWAY_SECONDS.credentials;
  const http = size.gateways * perGateway;
  const pushes = size.pushesADay / 86_400;
  const apiSeconds =
    size.gateways *
    (costOf(flows.heartbeat).seconds / GATEWAY_SECONDS.heartbeat +
      costOf(flows.reconcile).seconds / GATEWAY_SECONDS.reconcile);
  const lookSeconds = costOf(flows.look).seconds;
  return {
    looks,
    http,
    syncRuns: looks * lookSeconds,
    apiRuns: apiSeconds,
    writes: looks * flows.look.write + (size.gateways / GATEWAY_SECONDS.heartbeat) * flows.heartbeat.write,
    reads:
      looks * flows.look.read +
      (size.gateways / GATEWAY_SECONDS.heartbeat) * flows.heartbeat.read +
      (size.gateways / GATEWAY_SECONDS.reconcile) * flows.reconcile.read,
    signatures: pushes,
    assumed: size.gateways / GATEWAY_SECONDS.credentials,
    receives: size.gateways / GATEWAY_SECONDS.wait,
  };
}
