/** Hooks in DynamoDB, and the routes from a pushed branch to the sources that read it. */
import type { Hooks } from '../ports.ts';
import { put, queryAll, type Table, transact, updateItem } from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { findHook, hookItem } from './dynamo-links.ts';
import { keyOf, routePrefix } from './keys.ts';

export function dynamoHooks(table: Table): Hooks {
  return {
    find: (id) => findHook(table, id),

    async sourcesOf(id, branch) {
      const sort = { beginsWith: routePrefix(branch) };
      const routes = await queryAll(table, { partition: keyOf.hook(id).pk, sort });
      return routes.map((route) => String(route['sourceId']));
    },

    async learnRepository(id, repositoryId) {
      const result = await updateItem(table, keyOf.hook(id), (x) => ({
        update: x.set({ repositoryId }),
        condition: `${x.exists()} AND attribute_type(${x.n('repositoryId')}, ${x.v('NULL')})`,
      }));
      if ('item' in result) return repositoryId;
      return typeof result.failed?.['repositoryId'] === 'string' ? result.failed['repositoryId'] : null;
    },

    async replaceSecrets(hook, secrets, event) {
      const failed = await transact(table, [
        put(
          table,
          hookItem({ ...hook, secrets }),
          (x) => `${x.exists()} AND ${x.n('secrets')} = ${x.v(hook.secrets)}`,
        ),
        put(table, eventItem(event)),
      ]);
      return failed === null;
    },
  };
}
