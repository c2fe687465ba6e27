/** Tidying: removes what links that are gone leave behind. All of it may be repeated, and begun anew by another process. */
import { hookId } from '../domain/hook.ts';
import { chunk, type Expression, type Item, remove, type Table, transact } from './dynamo.ts';
import { keyOf } from './keys.ts';

/** Rows of files: together far below the 4 MB of a transaction. */
export const FILES_AT_ONCE = 50;

const noLinks = (x: Expression): string => `${x.n('links')} = ${x.v(0)}`;

export interface Place {
  readonly sourceId: string;
  readonly team: string;
  readonly repoUrl: string;
  readonly branch: string;
}

/**
 * Those rows of files, then a hook and a source that no link needs any more. The source comes last: as long as it is
 * there it wants a run, and a run tidies what is left. True when it is gone.
 */
export async function tidySource(
  table: Table,
  { sourceId, team, repoUrl, branch }: Place,
  files: readonly Item[],
): Promise<boolean> {
  for (const part of chunk(files, FILES_AT_ONCE)) {
    await transact(
      table,
      part.map(({ pk, sk }) => remove(table, { pk: String(pk), sk: String(sk) })),
    );
  }
  const hook = hookId(team, repoUrl);
  await transact(table, [remove(table, keyOf.hook(hook), noLinks)]);
  const failed = await transact(table, [
    remove(table, keyOf.source(sourceId), noLinks),
    remove(table, keyOf.memory(sourceId)),
    remove(table, keyOf.route(hook, branch, sourceId)),
  ]);
  return failed === null;
}
