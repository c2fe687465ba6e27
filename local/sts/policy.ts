/** A policy: which actions on which resources it allows. Anything but plain `Allow` is refused, not passed over. */
import * as z from 'zod';

const someText = z
  .union([z.string().min(1), z.array(z.string().min(1))])
  .transform((value) => [value].flat());
const STATEMENT = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.literal('Allow'),
  Action: someText,
  Resource: someText,
});

export const POLICY = z
  .strictObject({
    Version: z.literal('2012-10-17'),
    Statement: z.union([STATEMENT.transform((only) => [only]), z.array(STATEMENT)]),
  })
  .transform(({ Statement }) => Statement);

export type Policy = z.output<typeof POLICY>;

/** Actions are the same in any letter case; `*` and `?` stand for what they do in IAM. */
export function allows(policy: Policy, action: string, resource: string): boolean {
  return policy.some(
    ({ Action, Resource }) =>
      Action.some((one) => matches(one.toLowerCase(), action.toLowerCase())) &&
      Resource.some((one) => matches(one, resource)),
  );
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${parts}$`, 's').test(text);
}
