/**
 * A repository with a webhook, and the function that receives its deliveries: the real handler over the real
 * adapters, handed events as the local API makes them of requests.
 */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { webhookHandler } from '../../../functions/webhook/handler.ts';
import { rotateHookSecret } from '../../../lib/pipeline/manage/hooks.ts';
import { toEvent } from '../../../local/http/event.ts';
import { SAMPLE } from '../../policy/documents.ts';
import { memoryWorld } from '../../support/memory-world.ts';
import { CALLER } from '../../support/world-of.ts';
import type { Sent } from './forgeries.ts';
import type { Scheme } from './schemes.ts';

export type Hooked = Awaited<ReturnType<typeof hooked>>;

export const FILE = 'policy-config.yaml';
/** Each has a link of its own. */
export const BRANCHES = ['main', 'release'] as const;

export async function hooked(scheme: Scheme, at: Date) {
  const world = await memoryWorld();
  const url = `https://git.example/acme/${scheme.provider}`;
  world.git.at(url).commit({ [FILE]: SAMPLE });
  const [first, ...others] = await linkAll(world, url, scheme);
  if (!first?.hook) throw new Error('there is no hook');
  await world.deliver();
  world.time.at = at.getTime();
  const { link } = first;
  /** The first secret is the newest; the others stay live beside it. What was known of the repository is forgotten. */
  const forget = async () => {
    for (const secret of scheme.secrets.toReversed()) {
      const overlapSeconds = scheme.secrets.at(-1) === secret ? 0 : 86_400 * 365;
      const rotated = await rotateHookSecret(link, { secret, overlapSeconds }, CALLER, world.ports);
      if (rotated.kind !== 'rotated') throw new Error(rotated.kind);
    }
  };
  await forget();
  let logged = 0;
  const log = { fact: () => void logged++ };
  const handler = webhookHandler({ ...world.ports, log });
  const hookId = first.hook.id;
  return {
    world,
    scheme,
    hookId,
    forget,
    links: [first, ...others].map(({ link }) => link),
    sources: new Map([first, ...others].map(({ link }) => [link.branch, link.sourceId])),
    /** What the function is handed of a request. */
    eventOf: (sent: Sent, to: string = hookId) => eventOf(sent, to),
    /** How many deliveries left a line in the log. */
    logged: () => logged,
    async post(event: APIGatewayProxyEventV2) {
      const reply = await handler(event);
      return { status: reply.statusCode ?? 0, body: String(reply.body) };
    },
    /** Everything that is stored. */
    stored: () => JSON.stringify(world.dynamo.rows('kt'), asText),
    repositoryId: async () => (await world.ports.hooks.find(hookId))?.repositoryId ?? null,
  };
}

async function linkAll(world: Awaited<ReturnType<typeof memoryWorld>>, url: string, { provider }: Scheme) {
  const made = [];
  for (const branch of BRANCHES)
    made.push(
      await world.link(url, {
        provider,
        branch,
        autoCreateConfiguration: true,
        configurationId: `c-${branch}`,
      }),
    );
  return made;
}

const asText = (_: string, value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

const socket = new Socket();

function eventOf({ headers, body }: Sent, hookId: string): APIGatewayProxyEventV2 {
  const request = new IncomingMessage(socket);
  request.method = 'POST';
  request.httpVersion = '1.1';
  request.rawHeaders = headers.flat();
  const path = `/v1/hooks/${hookId}`;
  const routeKey = 'POST /v1/hooks/{hookId}';
  return toEvent(request, { routeKey, path, query: '', pathParameters: { hookId }, body });
}
