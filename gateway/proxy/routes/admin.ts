/** The gateway's own endpoints: whether it is well, what it runs, and that it is to read it again. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sameSecret } from '../../../lib/providers/same-secret.ts';
import { type ErrorReply, reply, replyError, replyJson } from '../http/reply.ts';
import type { GatewayPorts, ReloadOutcome } from '../ports.ts';
import { configView } from '../telemetry/config-view.ts';
import { gatewayGauges } from '../telemetry/gauges.ts';
import { healthView } from '../telemetry/health.ts';
import { providerViews } from '../telemetry/provider-view.ts';

type Handler = (
  response: ServerResponse,
  ports: GatewayPorts,
  request: IncomingMessage,
) => void | Promise<void>;

const json = (response: ServerResponse, value: unknown, status = 200) =>
  replyJson(response, status, JSON.stringify(value));

export const health: Handler = (response, ports) => {
  const { current, states, metrics, version, startedAt, chat } = ports;
  const uptimeSeconds = (chat.elapsed() - startedAt) / 1000;
  const view = healthView(current, states, { uptimeSeconds, version, requests: metrics.total('requests') });
  json(response, view, view.status === 'unhealthy' ? 503 : 200);
};

/** It runs: nothing else is said by this. */
export const healthz: Handler = (response) => json(response, { status: 'ok' });

export const readyz: Handler = (response, { current }) => {
  if (!current.loaded) return json(response, { status: 'starting', reason: 'no policy is loaded yet' }, 503);
  if (current.isClosed)
    return json(response, { status: 'closed', reason: 'the policy is not confirmed any more' }, 503);
  json(response, { status: 'ready' });
};

export const metricsText: Handler = (response, ports) =>
  reply(
    response,
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    ports.metrics.text([...gatewayGauges(ports), ...ports.gauges()]),
  );

export const config: Handler = (response, { current, failMode }) => {
  const view = configView(current, failMode);
  if (view) json(response, view);
  else replyError(response, NOT_LOADED);
};

export const providerMetrics: Handler = (response, { current, states }) =>
  json(response, { providers: current.loaded ? providerViews(current.loaded, states) : [] });

export const models: Handler = (response, { current: { loaded } }) => {
  const named = new Map(
    loaded?.upstreams.flatMap(({ model, provider }) => (model === null ? [] : [[model, provider]])),
  );
  const data = [...named].map(([id, provider]) => ({ id, object: 'model', created: 0, owned_by: provider }));
  json(response, { object: 'list', data });
};

/** Whoever may reload makes the gateway read a file; whoever may not does not learn whether it could. */
export const reload: Handler = async (response, ports, request) => {
  const { adminToken, reload: again, current, log } = ports;
  if (adminToken === null) return replyError(response, NO_ADMIN);
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (!sameSecret(adminToken, given)) return replyError(response, NOT_ADMIN);
  if (!again) return replyError(response, MANAGED);
  const before = current.loaded?.contentHash;
  const outcome = await again();
  log.fact('policy.reload_asked', { outcome: outcome.kind });
  if (outcome.kind !== 'loaded') return replyError(response, notReloaded(outcome));
  const { contentHash } = outcome.loaded;
  json(response, { content_hash: contentHash, changed: contentHash !== before });
};

function notReloaded(outcome: Exclude<ReloadOutcome, { kind: 'loaded' }>): ErrorReply {
  if (outcome.kind === 'unreadable')
    return refusal(503, 'policy_unreadable', `The policy file cannot be read: ${outcome.why}.`);
  const message = 'The policy cannot be enforced; what ran before still runs.';
  return { ...refusal(422, 'policy_refused', message), details: outcome.reasons };
}

const refusal = (status: number, code: string, message: string): ErrorReply => ({
  status,
  type: 'validation_error',
  code,
  message,
});

const NOT_LOADED = refusal(503, 'starting', 'No policy is loaded yet.');
const NO_ADMIN = refusal(
  403,
  'reload_disabled',
  'Nobody may reload: start the gateway with --admin-token-file, or set KEEPTRUSTS_GATEWAY_ADMIN_TOKEN.',
);
const NOT_ADMIN = refusal(401, 'unauthorized', 'The admin token is missing, or is not the right one.');
const MANAGED = refusal(
  409,
  'managed',
  'The control plane says what this gateway runs: kt gateway reload sends it once more.',
);
