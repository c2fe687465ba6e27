/** Hosts that asked to be left alone, in DynamoDB, since every function instance must respect it. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { HostLimits } from '../ports.ts';
import { getItem, type Table } from './dynamo.ts';
import { keyOf } from './keys.ts';

export function dynamoHostLimits(table: Table): HostLimits {
  return {
    async until(host, now) {
      const until = (await getItem(table, keyOf.hostLimit(host)))?.['until'];
      return typeof until === 'string' && until > now.toISOString() ? new Date(until) : null;
    },

    async set(host, until) {
      const expires = Math.ceil(until.getTime() / 1000);
      const item = { ...keyOf.hostLimit(host), until: until.toISOString(), expires };
      await table.client.send(new PutItemCommand({ TableName: table.name, Item: marshall(item) }));
    },
  };
}
