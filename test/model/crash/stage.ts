/** The stage of a scenario: a linked repository, a gateway that listens, and somebody who may do everything. */
import { ROLES } from '../../../lib/domain/token.ts';
import { createToken } from '../../../lib/pipeline/manage/tokens.ts';
import { memoryDynamo } from '../../fakes/memory-dynamo.ts';
import type { MemoryGit, Snapshot } from '../../fakes/memory-git.ts';
import { FaultPoint } from '../../support/faults.ts';
import { type MemoryWorld, memoryWorld } from '../../support/memory-world.ts';
import { policy } from '../../support/policy.ts';
import { type SigningGateway, signingGateway } from '../../support/signing-gateway.ts';
import { CALLER } from '../../support/world-of.ts';
import { type Functions, functionsOver, redeliver } from './functions.ts';

export const REPO = 'https://git.example/acme/policies.git';
export const FILE = 'policy-config.yaml';

export interface Stage {
  readonly here: MemoryWorld;
  readonly admin: string;
  readonly repository: MemoryGit;
  readonly linkId: string;
  readonly hookId: string;
  readonly secret: string;
  readonly gateway: Edge;
}

export interface Edge {
  readonly id: string;
  readonly token: string;
  readonly keys: SigningGateway;
}

/** So small that every query of more than a row or two has pages. */
const PAGE_BYTES = 900;

export async function stage(
  files: Snapshot = { [FILE]: policy() },
  path = FILE,
  more: Parameters<typeof memoryWorld>[0] = {},
): Promise<Stage> {
  const here = await memoryWorld({ dynamo: memoryDynamo({ pageBytes: PAGE_BYTES }), ...more });
  const wish = {
    name: 'everything',
    role: 'admin',
    permissions: ROLES.admin,
    team: null,
    expiresAt: null,
  } as const;
  const { text: admin } = await createToken(wish, CALLER, here.ports);
  const repository = here.git.at(REPO);
  repository.commit(files);
  const clean = functionsOver(here, new FaultPoint());
  const linked = await created(clean, '/v1/git-repos', admin, {
    repo_url: REPO,
    provider: 'github',
    path,
    auto_create_configuration: true,
  });
  await settle(here);
  const gateway = await edge(clean, admin, 'payments');
  await settle(here);
  return {
    here,
    admin,
    repository,
    linkId: linked.id,
    hookId: linked.webhook.id,
    secret: linked.webhook.secret,
    gateway,
  };
}

async function created(functions: Functions, path: string, token: string, body: object) {
  const { status, json } = await functions.call('POST', path, token, body);
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(json)}`);
  return json;
}

export async function edge(functions: Functions, admin: string, configuration: string): Promise<Edge> {
  const keys = signingGateway();
  const body = { name: 'edge', configuration_id: configuration, public_key: keys.pem };
  const { id, token } = await created(functions, '/v1/gateways', admin, body);
  return { id, token, keys };
}

/** Longer than a lease, a hint's grace and the longest back-off of one failure. */
const MINUTES = 4;
const STEPS = 2;

/** What time alone brings: queues show again what was not taken, and the schedule ticks. */
export async function settle(here: MemoryWorld): Promise<void> {
  const clean = functionsOver(here, new FaultPoint());
  await clean.work();
  for (let minute = 0; minute < MINUTES; minute++) {
    await clean.tick();
    for (let step = 0; step < STEPS; step++) {
      here.time.at += 60_000 / STEPS;
      await clean.work();
      redeliver(here, clean);
    }
  }
}

/** Remembers a stage, so that it need not be set again for every run: each gets one that looks just like it. */
export function remembered(at: Stage): () => Promise<Stage> {
  const { here } = at;
  const rows = here.dynamo.rows('kt');
  const git = here.git.copy();
  const time = here.time.at;
  const [hints, announcements] = [[...here.hints], [...here.announcements]];
  const reloads = [...here.reloads].map(([name, messages]) => [name, [...messages]] as const);
  return async () => {
    const dynamo = memoryDynamo({ pageBytes: PAGE_BYTES });
    const copy = await memoryWorld({ dynamo, git: git.copy() });
    dynamo.load('kt', rows);
    copy.time.at = time;
    copy.hints.push(...hints);
    copy.announcements.push(...announcements);
    for (const [name, messages] of reloads) copy.reloads.set(name, [...messages]);
    return { ...at, here: copy, repository: copy.git.at(REPO) };
  };
}
