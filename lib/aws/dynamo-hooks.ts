/** Hooks in DynamoDB, and the routes from a pushed branch to the sources that read it. */
import { isHookId } from '../domain/hook.ts';
import type { Hooks } from '../ports.ts';
import { put, queryAll, type Table, transact, update, updateItem } from './dynamo.ts';
import { eventItem } from './dynamo-events.ts';
import { findHook } from './dynamo-links.ts';
import { keyOf, routePrefix } from './keys.ts';

/** No link has a longer one; and the table has a limit of its own, above which it answers with an error. */
const LONGEST_BRANCH_BYTES = 250;

export function dynamoHooks(table: Table): Hooks {
  return {
    find: async (id) => (isHookId(id) ? findHook(table, id) : null),

    async sourcesOf(id, branch) {
      if (Buffer.byteLength(branch) > LONGEST_BRANCH_BYTES) return [];
      const prefix = routePrefix(branch);
      const routes = await queryAll(table, { partition: keyOf.hook(id).pk, sort: { beginsWith: prefix } });
      // An emulator is known to compare without regard to case, and to take `_` for any character.
      return routes
        .filter((route) => String(route['sk']).startsWith(prefix))
        .map((route) => String(route['sourceId']));
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
        // Nothing but these: links join and leave meanwhile.
        update(table, keyOf.hook(hook.id), (x) => ({
          update: x.set({ secrets, repositoryId: null }),
          condition: `${x.exists()} AND ${x.equal({ secrets: hook.secrets })}`,
        })),
        put(table, eventItem(event)),
      ]);
      return failed === null;
    },
  };
}
