/** The document: every shape that a policy file may have. */
import * as z from 'zod';
import { KINDS, type Kind, type SINGLE_KINDS } from '../kinds.ts';
import { flag } from './fields.ts';
import { BLOCKS } from './kinds/registry.ts';
import { LIMIT_SECTIONS } from './limits.ts';
import { NETWORK_SECTIONS } from './network.ts';
import { PACK, packVersion } from './pack.ts';
import { PROVIDERS_SECTION } from './providers.ts';
import { RUNTIME_SECTIONS } from './runtime.ts';
import { TESTING } from './testing.ts';

const block = (kind: Kind) => {
  const [only, ...others] = BLOCKS[kind];
  return others.length === 0 ? only : z.union([only, ...others]);
};

const POLICY = z.strictObject(Object.fromEntries(KINDS.map((kind) => [kind, block(kind).optional()])));

export const CONFIG_DOCUMENT = z.strictObject({
  pack: PACK.describe('What this configuration is called.'),
  policies: z.strictObject({
    chain: z
      .array(z.enum(KINDS))
      .min(1)
      .meta({ uniqueItems: true, description: 'What runs, in this order.' }),
  }),
  policy: POLICY.optional().describe('The settings of each kind in the chain.'),
  providers: PROVIDERS_SECTION.optional(),
  testing: TESTING.optional(),
  ...LIMIT_SECTIONS,
  ...NETWORK_SECTIONS,
  ...RUNTIME_SECTIONS,
});

export type SingleKind = (typeof SINGLE_KINDS)[number];

const singles = new Map<SingleKind, z.ZodType>();

/** A document of one policy: `policy` is its metadata, and the sections of its block stand beside it. */
export function singleDocument(kind: SingleKind): z.ZodType {
  const schema = singles.get(kind) ?? single(kind);
  singles.set(kind, schema);
  return schema;
}

function single(kind: SingleKind): z.ZodType {
  const policy = z.strictObject({ name: z.literal(kind), version: packVersion(), enabled: flag });
  const [only, ...others] = BLOCKS[kind].map((form) =>
    z.strictObject({ policy, ...form.shape, testing: TESTING.optional() }),
  );
  if (!only) throw new Error(`${kind} has no form`);
  return others.length === 0 ? only : z.union([only, ...others]);
}
