/** The table of routes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { headersOf } from '../chat/call.ts';
import { faultFacts } from '../fault.ts';
import { type ErrorReply, replyError } from '../http/reply.ts';
import { match, type Routes } from '../http/router.ts';
import type { GatewayPorts } from '../ports.ts';
import { config, health, healthz, metricsText, models, providerMetrics, readyz, reload } from './admin.ts';
import { completions } from './completions.ts';

type Handler = (
  response: ServerResponse,
  ports: GatewayPorts,
  request: IncomingMessage,
) => void | Promise<void>;

const ROUTES: Routes<Handler> = {
  '/v1/chat/completions': { POST: (response, ports, request) => completions(request, response, ports) },
  '/v1/models': { GET: models },
  '/health': { GET: health },
  '/healthz': { GET: healthz },
  '/readyz': { GET: readyz },
  '/metrics': { GET: metricsText },
  '/keeptrusts/config': { GET: config },
  '/keeptrusts/config/reload': { POST: reload },
  '/keeptrusts/providers/metrics': { GET: providerMetrics },
};

const UNKNOWN: ErrorReply = {
  status: 404,
  type: 'validation_error',
  code: 'not_found',
  message: 'There is nothing here.',
};
const WRONG_METHOD: ErrorReply = {
  status: 405,
  type: 'validation_error',
  code: 'method_not_allowed',
  message: 'This is asked for by another method.',
};

/** Never throws. */
export async function dispatch(
  request: IncomingMessage,
  response: ServerResponse,
  ports: GatewayPorts,
): Promise<void> {
  // A client that breaks off is no fault of ours.
  response.on('error', () => {});
  const preflight =
    request.method === 'OPTIONS' ? ports.current.loaded?.cors.preflight(headersOf(request)) : null;
  if (preflight) {
    response.writeHead(204, preflight).end();
    return;
  }
  const found = match(ROUTES, request.method, request.url);
  if (found.kind === 'unknown') return replyError(response, UNKNOWN);
  if (found.kind === 'wrong_method') {
    response.setHeader('allow', found.allow);
    return replyError(response, WRONG_METHOD);
  }
  try {
    await found.route(response, ports, request);
  } catch (error) {
    ports.log.fact('request.failed', faultFacts(error));
    response.destroy();
  }
}
