/** Deliveries as the git hosts send them, signed with a secret the test knows. */
import { createHmac } from 'node:crypto';
import type { HookProvider } from '../../lib/domain/provider.ts';
import type { Delivery } from '../../lib/providers/delivery.ts';
import {
  bitbucketPush,
  giteaPush,
  githubPush,
  gitlabPush,
  type PushedRefTold,
  type PushTold,
} from '../fixtures/deliveries/payloads.ts';

export interface DeliveryOptions {
  /** Short name; ignored when `refs` is given. */
  readonly branch?: string;
  readonly refs?: readonly PushedRefTold[];
  readonly before?: string | null;
  readonly after?: string | null;
  /** `https://host/owner/name`, with or without `.git`. */
  readonly repositoryUrl?: string;
  readonly repositoryId?: number;
  readonly forced?: boolean;
  /** As the host names it; a push unless said. */
  readonly event?: string;
  /** In place of the push payload. */
  readonly payload?: unknown;
  /** As `application/x-www-form-urlencoded` (GitHub, Gitea). */
  readonly form?: boolean;
  readonly deliveryId?: string;
  /** When it was signed (GitLab's signed scheme). */
  readonly at?: Date;
}

/** GitLab: a secret that starts with `whsec_` signs; any other is sent along as the token. */
export function signedDelivery(
  provider: HookProvider,
  secret: string,
  options: DeliveryOptions = {},
): Delivery {
  const json = JSON.stringify(
    'payload' in options ? options.payload : PAYLOAD[provider](told(provider, options)),
  );
  const body = Buffer.from(options.form ? new URLSearchParams({ payload: json }).toString() : json);
  const contentType = options.form ? 'application/x-www-form-urlencoded' : 'application/json';
  const id = options.deliveryId ?? '72d3162e-cc78-11e3-81ab-4c9367dc0958';
  const headers = HEADERS[provider]({
    body,
    json,
    secret,
    id,
    event: options.event,
    at: options.at ?? new Date(),
  });
  return {
    headers: { 'content-type': contentType, 'content-length': String(body.length), ...headers },
    body,
  };
}

/** A 32-byte signing token made from a seed, as GitLab writes them. */
export function signingToken(seed: string): string {
  return `whsec_${createHmac('sha256', 'signing token').update(seed).digest('base64')}`;
}

const PAYLOAD = {
  github: githubPush,
  gitlab: gitlabPush,
  bitbucket: bitbucketPush,
  gitea: giteaPush,
} as const satisfies Record<HookProvider, (told: PushTold) => unknown>;

const HOME = {
  github: 'https://github.com/acme/policies',
  gitlab: 'https://gitlab.com/acme/policies',
  bitbucket: 'https://bitbucket.org/acme/policies',
  gitea: 'https://codeberg.org/acme/policies',
} as const satisfies Record<HookProvider, string>;

interface Unsigned {
  readonly body: Buffer;
  readonly json: string;
  readonly secret: string;
  readonly id: string;
  readonly event: string | undefined;
  readonly at: Date;
}

const HEADERS = {
  github: ({ body, secret, id, event }) => ({
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-delivery': id,
    'x-github-event': event ?? 'push',
    'x-github-hook-id': '292430182',
    'x-hub-signature': `sha1=${hmac('sha1', secret, body)}`,
    'x-hub-signature-256': `sha256=${hmac('sha256', secret, body)}`,
  }),
  gitlab: (delivery) => ({
    'user-agent': 'GitLab/19.0.0',
    'idempotency-key': delivery.id,
    'x-gitlab-event': delivery.event ?? eventOf(delivery.json),
    'x-gitlab-event-uuid': delivery.id,
    'x-gitlab-instance': 'https://gitlab.com',
    ...gitlabProof(delivery),
  }),
  bitbucket: ({ body, secret, id, event }) => ({
    'user-agent': 'Bitbucket-Webhooks/2.0',
    'x-attempt-number': '1',
    'x-event-key': event ?? 'repo:push',
    'x-hook-uuid': '00000000-0000-4000-8000-000000000009',
    'x-hub-signature': `sha256=${hmac('sha256', secret, body)}`,
    'x-request-uuid': id,
  }),
  // Gitea also speaks as GitHub and Gogs; its own headers are the ones that count.
  gitea: ({ json, secret, id, event }) => ({
    'user-agent': 'Go-http-client/1.1',
    'x-gitea-delivery': id,
    'x-gitea-event': event ?? 'push',
    'x-gitea-signature': hmac('sha256', secret, json),
    'x-github-delivery': id,
    'x-github-event': event ?? 'push',
    'x-gogs-delivery': id,
    'x-gogs-event': event ?? 'push',
    'x-gogs-signature': hmac('sha256', secret, json),
    'x-hub-signature': `sha1=${hmac('sha1', secret, json)}`,
    'x-hub-signature-256': `sha256=${hmac('sha256', secret, json)}`,
  }),
} as const satisfies Record<HookProvider, (delivery: Unsigned) => Record<string, string>>;

function gitlabProof({ body, secret, id, at }: Unsigned): Record<string, string> {
  if (!secret.startsWith('whsec_')) return { 'x-gitlab-token': secret };
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

function eventOf(json: string): string {
  return json.includes('"object_kind":"tag_push"') ? 'Tag Push Hook' : 'Push Hook';
}

function told(provider: HookProvider, options: DeliveryOptions): PushTold {
  const url = (options.repositoryUrl ?? HOME[provider]).replace(/\.git$/, '');
  const [owner = 'acme', name = 'policies'] = new URL(url).pathname.slice(1).split('/').slice(-2);
  const { before = 'b'.repeat(40), after = 'a'.repeat(40) } = options;
  const refs = options.refs ?? [{ ref: `refs/heads/${options.branch ?? 'main'}`, before, after }];
  return {
    refs,
    repository: { url, owner, name, id: options.repositoryId ?? 42 },
    forced: options.forced ?? false,
  };
}

function hmac(algorithm: 'sha1' | 'sha256', secret: string, content: string | Buffer): string {
  return createHmac(algorithm, secret).update(content).digest('hex');
}
