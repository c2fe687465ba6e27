/** Logical ids that people can read: the path of the construct without CDK's filler and hashes. */
import type { CfnElement } from 'aws-cdk-lib/core';

const FILLER = new Set(['Resource', 'Default']);

/**
 * `Sync/Function/Resource` becomes `SyncFunction`. A part that the id already ends with is not said twice
 * (`SyncQueue/Queue/Resource` is `SyncQueue`). Two elements with one id fail synthesis, so nothing is silently merged.
 */
export function readableLogicalId(element: CfnElement): string {
  const [, ...path] = element.node.path.split('/');
  return path
    .filter((part) => !FILLER.has(part))
    .map((part) => part.replace(/[^A-Za-z0-9]/g, ''))
    .reduce((id, part) => (id.endsWith(part) ? id : id + part), '');
}
