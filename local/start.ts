/** Start: the whole stack on one machine, from sources to a URL and an admin token. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { synth } from '../infra/synth.ts';
import { updateItem } from '../lib/aws/dynamo.ts';
import { dynamoSources } from '../lib/aws/dynamo-sources.ts';
import { dynamoTokens } from '../lib/aws/dynamo-tokens.ts';
import { keyOf } from '../lib/aws/keys.ts';
import { ENV, parseConfig } from '../lib/config.ts';
import { sha256Hex } from '../lib/domain/ids.ts';
import { parseToken, ROLES } from '../lib/domain/token.ts';
import { createToken } from '../lib/pipeline/manage/tokens.ts';
import type { Tokens } from '../lib/ports.ts';
import { sameSecret } from '../lib/providers/same-secret.ts';
import { buildFunctions } from '../scripts/build.ts';
import { type Endpoints, localClients } from './emulators.ts';
import type { Decision } from './iam/decide.ts';
import type { StackLog } from './log.ts';
import { type LocalStack, REGION, startStack } from './stack.ts';

export interface StartOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly dataDir: string;
  readonly log: StackLog;
  /** Told of everything that a role asked for, allowed or not. */
  readonly decided?: (decision: Decision) => void;
  /** False: nothing ticks by itself. Default true. */
  readonly schedules?: boolean;
  /** Bundles and template made earlier; made in the data folder when absent. */
  readonly outdir?: string;
  /** Variables added to a function's environment, by its logical id. */
  readonly env?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Read for `DYNOXIDE_BIN`, `AWS_ENDPOINT_URL_DYNAMODB` and `KEEPTRUSTS_EVENT_RETENTION_HOURS` only. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What `local.json` holds, for programs that want to talk to the running stack. */
export interface LocalFile {
  readonly url: string;
  readonly admin_token: string;
  readonly pid: number;
  readonly endpoints: Endpoints;
}

export interface Started extends LocalFile {
  readonly file: string;
  readonly stack: LocalStack;
}

/** What the person who deploys chooses on AWS. */
function parametersFrom(environment: NonNullable<StartOptions['environment']>, { sqs }: Endpoints) {
  const hours = environment[ENV.eventRetentionHours];
  // Checked here, so that a typing error ends the start and not the function.
  if (hours) parseConfig(environment, ['eventRetentionHours']);
  return {
    // A git host on this machine is what people try first; the deployed stack refuses such addresses.
    GitAllowedNetworks: '127.0.0.0/8,::1/128',
    GatewayQueueEndpoint: sqs,
    ...(hours ? { EventRetentionHours: hours } : {}),
  };
}

/** Rejects with nothing left running when a part does not start. */
export async function start(options: StartOptions): Promise<Started> {
  const { dataDir, port, log, schedules = true, env = {}, environment = {} } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const stack = await startStack({
    outdir: options.outdir ?? (() => prepare(join(dataDir, 'build'))),
    dataDir,
    port,
    log,
    schedules,
    env,
    environment,
    parameters: (endpoints) => parametersFrom(environment, endpoints),
    beforeWork: endDeadRuns,
    ...(options.decided && { decided: options.decided }),
  });
  try {
    const file = join(dataDir, 'local.json');
    const clients = localClients(stack.endpoints, stack.region);
    const table = { client: clients.dynamodb, name: stack.outputs['TableName'] ?? '' };
    const adminToken = await ensureAdminToken(dynamoTokens(table), await tokenIn(file));
    clients.destroy();
    const { url, endpoints } = stack;
    const content: LocalFile = { url, admin_token: adminToken, pid: process.pid, endpoints };
    await writeFile(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
    return { ...content, file, stack };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** Bundles the functions and synthesizes the template below `folder`; returns where the template is. */
export async function prepare(folder: string): Promise<string> {
  const assets = join(folder, 'functions');
  await buildFunctions(assets);
  return (await synth({ assets, outdir: join(folder, 'cdk.out'), check: false })).outdir;
}

const END_OF_TIME = new Date('9999-12-31T23:59:59.999Z');

/**
 * The folder is ours alone, so a lease that is still there belongs to a run that died with the last stack. Without
 * this its source would wait until the lease expires and the schedule ticks after that.
 */
async function endDeadRuns(endpoints: Endpoints, outputs: Readonly<Record<string, string>>): Promise<void> {
  const client = localClients(endpoints, REGION);
  const table = { client: client.dynamodb, name: outputs['TableName'] ?? '' };
  for await (const sources of dynamoSources(table).due(END_OF_TIME)) {
    for (const { id } of sources)
      await updateItem(table, keyOf.source(id), (x) => ({
        update: x.set({ leaseUntil: null }),
        condition: `attribute_type(${x.n('leaseUntil')}, ${x.v('S')})`,
      }));
  }
  client.destroy();
}

const LOCAL_FILE = z.object({ admin_token: z.string() });

async function tokenIn(file: string): Promise<string | null> {
  try {
    return LOCAL_FILE.parse(JSON.parse(await readFile(file, 'utf8'))).admin_token;
  } catch {
    return null;
  }
}

/** The token of the last start while it is still good, else a new one: scripts keep working over restarts. */
async function ensureAdminToken(tokens: Tokens, last: string | null): Promise<string> {
  const presented = last === null ? null : parseToken(last);
  const known = presented && (await tokens.find(presented.id));
  if (last !== null && presented && known && sameSecret(known.hash, sha256Hex(presented.secret))) return last;
  const wish = {
    name: 'local admin',
    role: 'admin',
    permissions: ROLES.admin,
    team: null,
    expiresAt: null,
  } as const;
  const clock = { now: () => new Date() };
  return (await createToken(wish, { actor: 'local start', requestId: 'start' }, { tokens, clock })).text;
}
