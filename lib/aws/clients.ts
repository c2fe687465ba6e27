/** The AWS clients, made once per function. Region, credentials and endpoints come from the standard settings. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import type { Table } from './dynamo.ts';

/** Shorter than any function's timeout, so that a dead connection is an error and not a silence. */
const REQUEST = { requestTimeout: 8000, connectionTimeout: 2000 } as const;

export function openTable(name: string): Table {
  return { client: new DynamoDBClient({ requestHandler: REQUEST }), name };
}

export function openKms(): KMSClient {
  return new KMSClient({ requestHandler: REQUEST });
}

export function openSts(): STSClient {
  return new STSClient({ requestHandler: REQUEST });
}

/** A queue URL names a queue; where requests go is the client's own affair (an emulator's URLs do not resolve). */
export function openSqs(): SQSClient {
  return new SQSClient({ requestHandler: REQUEST, useQueueUrlAsEndpoint: false });
}
