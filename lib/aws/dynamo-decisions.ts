/** Decisions in DynamoDB: a row each, under a name that follows from the gateway and its own id of it. */
import type { DecisionEvent } from '../domain/decision.ts';
import type { Decisions } from '../ports.ts';
import { type Item, putNew, type Table } from './dynamo.ts';
import { decisionDay, decisionShard, keyOf } from './keys.ts';
import { TABLE } from './table.ts';

/** What an HTTP client of the SDK has connections for, with room for others. */
const AT_ONCE = 32;
const HOUR_S = 3600;

export function dynamoDecisions(table: Table, retentionHours: number): Decisions {
  return {
    async add(decisions) {
      const waiting = [...decisions];
      let added = 0;
      const worker = async () => {
        for (let one = waiting.shift(); one; one = waiting.shift()) {
          try {
            // The first to be stored stays: nothing that is listed changes.
            if (await putNew(table, decisionItem(one, retentionHours))) added++;
          } catch (error) {
            // What is stored stays, and whoever sends all again stores the rest.
            waiting.length = 0;
            throw error;
          }
        }
      };
      const outcomes = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      return added;
    },
  };
}

function decisionItem(decision: DecisionEvent, retentionHours: number): Item {
  const { id, at, gatewayId, detail } = decision;
  return {
    ...keyOf.decision(gatewayId, detail.id),
    ...decision,
    lpk: decisionDay(at.slice(0, 10), decisionShard(gatewayId)),
    lsk: id,
    [TABLE.expiry]: Math.ceil(Date.parse(at) / 1000) + retentionHours * HOUR_S,
  };
}
