/** The four services on this machine, and clients that reach them as the functions do. */
import { mkdirSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { type LocalDynamoDb, startDynamoDb } from './dynamodb.ts';
import type { Decision } from './iam/decide.ts';
import { type LocalKms, startKms } from './kms/server.ts';
import type { StackLog } from './log.ts';
import { type LocalSqs, startSqs } from './sqs.ts';
import { startSts } from './sts/server.ts';
import { localSessions, type Sessions } from './sts/sessions.ts';

export interface Emulators {
  readonly dynamodb: LocalDynamoDb;
  readonly sqs: LocalSqs;
  readonly kms: LocalKms;
  readonly sessions: Sessions;
  readonly endpoints: Endpoints;
  stop(): Promise<void>;
}

export interface Endpoints {
  readonly dynamodb: string;
  readonly sqs: string;
  readonly kms: string;
  readonly sts: string;
}

interface Options {
  readonly folder: string;
  readonly region: string;
  readonly log: StackLog;
  /** Told of whatever a role asked for, allowed or not. */
  readonly decided?: (decision: Decision) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** All of them, or none: what did start is stopped when another does not. */
export async function startEmulators({
  folder,
  region,
  log,
  decided,
  environment,
}: Options): Promise<Emulators> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const sessions = localSessions(Date.now, decided);
  const starting = [
    environment[ELSEWHERE] ? dynamoDbAt(environment[ELSEWHERE]) : startDynamoDb({ folder, log, environment }),
    startSqs({ folder, region, sessions }),
    startKms({ folder, region, sessions, log }),
    startSts({ sessions, log }),
  ] as const;
  try {
    const [dynamodb, sqs, kms, sts] = await Promise.all(starting);
    return {
      dynamodb,
      sqs,
      kms,
      sessions,
      endpoints: {
        dynamodb: dynamodb.endpoint,
        sqs: sqs.endpoint,
        kms: kms.endpoint,
        sts: sts.endpoint,
      },
      stop: async () => {
        await Promise.all([dynamodb.stop(), sqs.stop(), kms.stop(), sts.stop()]);
      },
    };
  } catch (error) {
    for (const outcome of await Promise.allSettled(starting)) {
      if (outcome.status === 'fulfilled') await outcome.value.stop();
    }
    throw error;
  }
}

/** For platforms without dynoxide: DynamoDB Local, or whatever speaks the protocol, started by somebody else. */
const ELSEWHERE = 'AWS_ENDPOINT_URL_DYNAMODB';

function dynamoDbAt(endpoint: string): LocalDynamoDb {
  return { endpoint, pid: () => undefined, stop: async () => {} };
}

/** What makes the SDK's clients come here; the same variables do it for any other program. */
export function endpointEnvironment({ dynamodb, sqs, kms, sts }: Endpoints): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    AWS_ENDPOINT_URL_SQS: sqs,
    AWS_ENDPOINT_URL_KMS: kms,
    AWS_ENDPOINT_URL_STS: sts,
  };
}

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly kms: KMSClient;
  readonly sts: STSClient;
  destroy(): void;
}

/** Of whoever runs this machine, unless they are of a role. */
const OPERATOR: Credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export function localClients(endpoints: Endpoints, region: string, credentials = OPERATOR): Clients {
  const dynamodb = new DynamoDBClient({ region, credentials, endpoint: endpoints.dynamodb });
  const sqs = new SQSClient({ region, credentials, endpoint: endpoints.sqs, useQueueUrlAsEndpoint: false });
  const kms = new KMSClient({ region, credentials, endpoint: endpoints.kms });
  const sts = new STSClient({ region, credentials, endpoint: endpoints.sts });
  return {
    dynamodb,
    sqs,
    kms,
    sts,
    destroy: () => {
      for (const client of [dynamodb, sqs, kms, sts]) client.destroy();
    },
  };
}
