/** What the tests of the gateway start from: a gateway on a port of its own, in front of a stub. */

import { LIST_PRICES } from '../../../gateway/engine/prices.ts';
import { newState } from '../../../gateway/engine/state.ts';
import type { GatewayOptions } from '../../../gateway/proxy/gateway.ts';
import { startGateway } from '../../../gateway/proxy/gateway.ts';
import type { Decision } from '../../../lib/domain/decision.ts';
import { documentOf } from '../evaluating.ts';

export interface TestGatewayOptions extends Partial<Omit<GatewayOptions, 'load'>> {
  readonly load?: Partial<GatewayOptions['load']>;
}

export async function startTestGateway({ load, ...options }: TestGatewayOptions = {}) {
  const facts: [string, Readonly<Record<string, unknown>>][] = [];
  const decisions: Decision[] = [];
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    failMode: 'block',
    maxConcurrency: 16,
    log: { fact: (name, fields = {}) => facts.push([name, fields]) },
    version: '0.0.0-test',
    decided: (decision) => decisions.push(decision),
    ...options,
    load: {
      allowed: new Set(),
      environment: (name) => ({ KEY: 'sk-secret-of-tests' })[name],
      state: newState(),
      now: () => new Date(),
      prices: LIST_PRICES,
      allowUnreadable: false,
      ...load,
    },
  });
  return { ...gateway, url: `http://127.0.0.1:${gateway.port}`, facts, decisions };
}

type Policy = Readonly<Record<string, unknown>>;

/** A document of these policies, that sends to these addresses. */
export function policyFor(
  urls: readonly string[],
  policy: Policy = { 'audit-logger': {} },
  {
    providers = {},
    target = {},
    ...more
  }: { providers?: object; target?: object } & Record<string, unknown> = {},
): Uint8Array {
  const targets = urls.map((url, i) => ({
    id: `t${i}`,
    provider: 'openai',
    base_url: url,
    secret_key_ref: { env: 'KEY' },
    ...target,
  }));
  return documentOf(policy, { providers: { targets, ...providers }, ...more });
}

export interface Asking {
  readonly stream?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

export const post = (
  url: string,
  content: string,
  { stream = false, headers = {}, body = {}, signal }: Asking = {},
) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content }],
      ...(stream ? { stream } : {}),
      ...body,
    }),
    ...(signal ? { signal } : {}),
  });

/** The data of the events of a whole stream. */
export const eventsIn = (text: string): string[] =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''));

/** The text of a whole stream. */
export const textIn = (stream: string): string =>
  eventsIn(stream)
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data).choices?.[0]?.delta?.content ?? '')
    .join('');
