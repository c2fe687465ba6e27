/** Prices: dollars in us-east-1 without free tiers, and what is assumed of times. Where each comes from: docs/cost.md. */

const MILLION = 1_000_000;

export const PRICES = {
  read: 0.125 / MILLION,
  write: 0.625 / MILLION,
  /** A gigabyte a month, with its backups (point in time). */
  storage: 0.25 + 0.2,
  lambdaRequest: 0.2 / MILLION,
  /** arm64. */
  lambdaGbSecond: 0.0000133334,
  sqs: 0.4 / MILLION,
  decrypt: 0.03 / 10_000,
  sign: 0.15 / 10_000,
  kmsKey: 1,
  http: 1 / MILLION,
  scheduler: 1 / MILLION,
  logs: 0.5,
  alarm: 0.1,
  metric: 0.3,
  transfer: 0.09,
} as const;

/** Of a call, in seconds; a function is billed for waiting. Not measured on AWS. */
export const SECONDS = { dynamo: 0.006, sqs: 0.01, decrypt: 0.012, sign: 0.02, git: 0.2, own: 0.01 } as const;

/** As in the template: gigabytes, and how many of each. */
export const MEMORY_GB = { webhook: 1, poll: 0.5, sync: 0.75, fanOut: 0.5, api: 1 } as const;
export type Role = keyof typeof MEMORY_GB;
/** What calls each. */
export const CALLED_BY = {
  webhook: 'http',
  poll: 'schedule',
  sync: 'queue',
  fanOut: 'queue',
  api: 'http',
} as const satisfies Record<Role, string>;
export const KEYS = 3;
export const ALARMS = 11;
export const METRICS = 2;
export const QUEUES = 2;

export const MONTH = 30 * 24 * 3600;
/** Of each queue by Lambda while nothing comes: five long polls of 20 seconds. */
export const IDLE_POLLS = (5 * MONTH) / 20;
/** Of a gateway: one long poll, one heartbeat, one question; and credentials for two thirds of an hour. */
export const GATEWAY_SECONDS = { wait: 20, heartbeat: 30, reconcile: 30, credentials: 2400 } as const;

/** Bytes of a line beside its own fields, of Lambda's own lines of an invocation, of an access log line. */
export const LINES = { own: 120, invocation: 500, access: 350 } as const;
