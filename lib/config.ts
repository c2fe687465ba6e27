/** The environment of the functions: names, shapes, and one parser that says what is missing. */
import * as z from 'zod/mini';

/** Names the template sets and the functions read; nothing else comes from the environment. */
export const ENV = {
  table: 'KT_TABLE',
  syncQueue: 'KT_SYNC_QUEUE_URL',
  fanOutQueue: 'KT_FAN_OUT_QUEUE_URL',
  dataKey: 'KT_DATA_KEY_ARN',
  signingKey: 'KT_SIGNING_KEY_ARN',
  proofKey: 'KT_PROOF_KEY_ARN',
  gatewayQueuePrefix: 'KT_GATEWAY_QUEUE_PREFIX',
  gatewayQueueRole: 'KT_GATEWAY_QUEUE_ROLE_ARN',
  gatewayQueueEndpoint: 'KT_GATEWAY_QUEUE_ENDPOINT',
  queueArnPrefix: 'KT_QUEUE_ARN_PREFIX',
  /** By the name that its documentation gives it. */
  eventRetentionHours: 'KEEPTRUSTS_EVENT_RETENTION_HOURS',
  publicUrl: 'KT_PUBLIC_URL',
  gitAllowedNetworks: 'KT_GIT_ALLOWED_NETWORKS',
} as const;

const text = z.string().check(z.minLength(1));
const url = z.url();

const SHAPES = {
  table: text,
  syncQueue: url,
  fanOutQueue: url,
  dataKey: text,
  signingKey: text,
  proofKey: text,
  /** Queue names of gateways are this and the gateway id. */
  gatewayQueuePrefix: text,
  /** What the API assumes, to lend it to a gateway. */
  gatewayQueueRole: text,
  /** Where gateways reach SQS; null for the address that AWS gives it. */
  gatewayQueueEndpoint: z.pipe(
    z.union([z.literal(''), url]),
    z.transform((endpoint) => (endpoint === '' ? null : endpoint)),
  ),
  /** The ARN of a queue is this and its name. */
  queueArnPrefix: text,
  /** How long decisions are kept: a year at most, which is as far back as events are listed. */
  eventRetentionHours: z.coerce.number().check(z.int(), z.minimum(1), z.maximum(366 * 24)),
  /** Where the API is reached, without a trailing slash: hook URLs start with it. */
  publicUrl: url,
  /** Networks in CIDR notation, comma-separated, that git may be read from although they are not public. */
  gitAllowedNetworks: z.pipe(
    z.string(),
    z.transform((list) =>
      list
        .split(',')
        .map((cidr) => cidr.trim())
        .filter((cidr) => cidr !== ''),
    ),
  ),
} as const satisfies Record<keyof typeof ENV, z.ZodMiniType>;

type Setting = keyof typeof ENV;
type Config<S extends Setting> = { readonly [K in S]: z.output<(typeof SHAPES)[K]> };

/**
 * Reads the named settings. Throws an `Error` that lists every missing or malformed variable by name,
 * never by value, so that a function with a broken environment fails at start and says why.
 */
export function parseConfig<S extends Setting>(
  environment: Readonly<Record<string, string | undefined>>,
  settings: readonly S[],
): Config<S> {
  const problems: string[] = [];
  const config: Partial<Record<Setting, unknown>> = {};
  for (const setting of settings) {
    const value = environment[ENV[setting]];
    const parsed = SHAPES[setting].safeParse(value);
    if (parsed.success) config[setting] = parsed.data;
    else problems.push(`${ENV[setting]} is ${value === undefined ? 'missing' : 'malformed'}`);
  }
  if (problems.length > 0) throw new Error(`the environment is not usable: ${problems.join(', ')}`);
  return config as Config<S>;
}
