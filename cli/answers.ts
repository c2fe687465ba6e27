/** What `kt` reads of the API's answers: the fields it shows or decides by, and no more, so that a newer API may say more. */
import * as z from 'zod';

const text = z.string();
const maybe = text.nullable();

const FINDING = z.looseObject({ code: text, severity: text, path: text, line: z.int(), message: text });

const WEBHOOK = z.object({ url: text, provider: text, secret: text.optional() });

export const LINK = z.object({
  id: text,
  team: text,
  repo_url: text,
  branch: text,
  path: text,
  provider: text,
  /** Absent in answers of a control plane from before SSH. */
  deploy_key: z.nullish(z.object({ fingerprint: text, host_keys: z.array(text) })),
  poll_interval_seconds: z.int(),
  status: z.enum(['pending', 'synced', 'error']),
  last_sync: maybe,
  current_version: maybe,
  configuration_ids: z.array(text),
  error: z
    .object({
      class: text,
      message: text,
      since: text,
      next_try: maybe,
      findings: z.array(FINDING).optional(),
    })
    .nullable(),
  webhook: WEBHOOK.nullable(),
});
export type Link = z.output<typeof LINK>;

export const HOOK_SECRET = z.object({
  webhook: WEBHOOK.extend({ secret: text, old_secret_valid_until: maybe }),
});

const VERSION_REF = z.object({ id: text, number: z.int(), content_hash: text, commit: maybe }).nullable();

export const CONFIGURATION = z.object({
  id: text,
  name: text,
  description: text,
  team: text,
  content_hash: maybe,
  active_version: VERSION_REF,
  head_version: VERSION_REF,
  hold: z.object({ until: text, reason: text, actor: text, at: text }).nullable(),
  source: text,
  git: z.object({ link_id: text, path: text }).nullable(),
  updated_at: text,
});
export type Configuration = z.output<typeof CONFIGURATION>;

export const VERSION = z.object({
  id: text,
  number: z.int(),
  content_hash: text,
  commit: maybe,
  author: maybe,
  message: maybe,
  source: text,
  pack_version: text,
  created_at: text,
  active: z.boolean(),
  summary: text,
});
export type Version = z.output<typeof VERSION>;
export const VERSIONS = z.array(VERSION);

const CHANGE = z.object({
  path: text,
  change: text,
  before: z.unknown(),
  after: z.unknown(),
  effect: text,
  reason: text,
});
export const VERSION_DIFF = z.object({ changes: z.array(CHANGE), summary: text });

export const GATEWAY = z.object({
  id: text,
  name: text,
  team: text,
  configuration_id: maybe,
  labels: z.record(text, text),
  queue_url: text,
  created_at: text,
  reported: z.object({ content_hash: maybe, health: maybe, reason: maybe, at: text }).nullish(),
  drift: z
    .object({ kind: text, since: text, expected: text, resends: z.int(), persists_since: maybe })
    .nullish(),
});
export type Gateway = z.output<typeof GATEWAY>;
export const REGISTERED = z.object({
  id: text,
  name: text,
  configuration_id: maybe,
  token: text,
  queue_url: text,
});
export const RELOAD_SENT = z.object({ sequence: z.int() });
export const ANNOUNCED = z.object({
  manifest: z.object({ configuration_id: text, version_id: text, number: z.int(), content_hash: text }),
  content: text,
});

export const TOKEN = z.object({
  id: text,
  name: text,
  role: maybe,
  permissions: z.array(text),
  scope: text,
  team: maybe,
  gateway_id: maybe,
  created_at: text,
  created_by: text,
  expires_at: maybe,
});
export const CREATED_TOKEN = TOKEN.extend({ token: text });

const EVENT = z.looseObject({
  id: text,
  type: text,
  at: text,
  actor: text,
  configuration_id: text.optional(),
  version_id: text.optional(),
  link_id: text.optional(),
  gateway_id: text.optional(),
  request_id: text.optional(),
  detail: z.record(text, z.unknown()),
});
export type Event = z.output<typeof EVENT>;
export const EVENTS = z.object({ data: z.array(EVENT) });

export const STATUS = z.object({ status: text });
