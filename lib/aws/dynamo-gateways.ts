/** Gateways in DynamoDB, and which configuration each is bound to. */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Gateway } from '../domain/gateway.ts';
import type { BoundGateway, Gateways, Page } from '../ports.ts';
import { readBinding, readGateway } from './codec.ts';
import {
  type Expression,
  encodeCursor,
  getItem,
  type Item,
  parseCursor,
  put,
  queryPage,
  remove,
  type Table,
  transact,
} from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { tokenItem } from './dynamo-tokens.ts';
import { keyOf, listedUnder } from './keys.ts';
import { standingsOf } from './standings.ts';
import { knowTeam, listOf } from './teams.ts';

/** Gateways told in one go; a larger fleet is told in several. */
const BOUND_PAGE = 1000;

export function dynamoGateways(table: Table): Gateways {
  return {
    async find(id) {
      const item = await getItem(table, keyOf.gateway(id));
      return item ? readGateway(item) : null;
    },

    list: (team, after) => listOf(table, 'GATEWAYS', team, after, readGateway),

    bound: (configurationId, after) => boundTo(table, configurationId, after),

    async standings(configurationId, after) {
      const page = await boundTo(table, configurationId, after);
      const standings = await standingsOf(
        table,
        configurationId,
        page.items.map(({ id }) => id),
      );
      return { items: standings, next: page.next };
    },

    async create(gateway, token, event) {
      await knowTeam(table, gateway.team);
      const failed = await transact(table, [
        put(table, gatewayItem(gateway), (x) => x.absent()),
        ...bind(table, gateway),
        put(table, tokenItem(token), (x) => x.absent()),
        put(table, eventItem(event)),
      ]);
      return failed === null;
    },

    async update(before, after, event) {
      const rebound = before.configurationId !== after.configurationId;
      const failed = await transact(table, [
        put(table, gatewayItem(after), unchanged(before)),
        ...(rebound ? [...unbind(table, before), ...bind(table, after)] : []),
        put(table, eventItem(event)),
      ]);
      return failed === null;
    },

    async remove(gateway, event) {
      const failed = await transact(table, [
        remove(table, keyOf.gateway(gateway.id), unchanged(gateway)),
        ...unbind(table, gateway),
        remove(table, keyOf.token(gateway.tokenId)),
        // Its receipts stay: they are the record of what ran.
        remove(table, keyOf.report(gateway.id)),
        put(table, eventItem(event)),
      ]);
      return failed === null;
    },
  };
}

async function boundTo(
  table: Table,
  configurationId: string,
  after: string | null,
): Promise<Page<BoundGateway>> {
  const partition = `BOUND#${configurationId}`;
  const sk = parseCursor(after)?.['sk'];
  const page = await queryPage(table, {
    partition,
    limit: BOUND_PAGE,
    after: typeof sk === 'string' ? { pk: partition, sk } : null,
  });
  return {
    items: page.items.map(readBinding),
    next: encodeCursor(page.last ? { sk: page.last['sk'] } : null),
  };
}

/** What can be changed is as it was read: a binding of another moment would be left behind. */
const unchanged =
  ({ name, configurationId, publicKey, labels }: Gateway) =>
  (x: Expression) =>
    x.equal({ name, configurationId, publicKey, labels });

function gatewayItem(gateway: Gateway): Item {
  const { id, team, createdAt } = gateway;
  return { ...keyOf.gateway(id), ...gateway, ...listedUnder('GATEWAYS', team, createdAt, id) };
}

function bind(table: Table, { id, configurationId, queueName }: Gateway): TransactWriteItem[] {
  return configurationId ? [put(table, { ...keyOf.binding(configurationId, id), id, queueName })] : [];
}

function unbind(table: Table, { id, configurationId }: Gateway): TransactWriteItem[] {
  return configurationId ? [remove(table, keyOf.binding(configurationId, id))] : [];
}
