/** Every operation of the local KMS by its name; any other name is `UnknownOperationException`. */
import { CIPHER_OPERATIONS } from './cipher-operations.ts';
import { KEY_OPERATIONS } from './key-operations.ts';
import type { Operation } from './operation.ts';
import { SIGNING_OPERATIONS } from './signing-operations.ts';

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({ ...KEY_OPERATIONS, ...CIPHER_OPERATIONS, ...SIGNING_OPERATIONS }),
);
