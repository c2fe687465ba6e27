/** A policy document, read: what of IAM's language is not known here is an error, never passed over. */
import * as z from 'zod';
import { type Condition, parseConditions } from './conditions.ts';
import type { IamRequest } from './request.ts';
import { arnWildcard, type Matcher, wildcard } from './wildcards.ts';

const texts = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((value) => [value].flat());
const values = z
  .union([z.string(), z.boolean(), z.array(z.union([z.string(), z.boolean()])).min(1)])
  .transform((value) => [value].flat().map(String));

const STATEMENT = z.strictObject({
  Sid: z.string().default(''),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.record(z.enum(['AWS', 'Service']), texts.optional())]).optional(),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
});
const DOCUMENT = z.strictObject({
  Version: z.literal('2012-10-17'),
  Id: z.string().optional(),
  Statement: z.union([STATEMENT.transform((only) => [only]), z.array(STATEMENT)]),
});

/** Who asks, as a resource's policy names them. */
export type Principal = { readonly role: string } | { readonly service: string };

export interface Statement {
  readonly sid: string;
  readonly effect: 'Allow' | 'Deny';
  /** As written; empty with NotAction or NotResource. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
  onAction(action: string): boolean;
  onResource(resource: string): boolean;
  onPrincipal(principal: Principal): boolean;
  /** Which of `actions` and `resources` a request is covered by: what of the statement a call really used. */
  usedBy(request: IamRequest): { readonly action: string; readonly resource: string };
}

/** `identity`: attached to a role. `resource`: of a queue, a key, or a role's trust, and says who. */
export type PolicyKind = 'identity' | 'resource';

/** Throws on anything that is not understood, with the statement's Sid. */
export function parsePolicy(document: unknown, kind: PolicyKind): Statement[] {
  return DOCUMENT.parse(document).Statement.map((statement) => {
    try {
      return readStatement(statement, kind);
    } catch (error) {
      throw new Error(`statement ${statement.Sid || '(no Sid)'}: ${(error as Error).message}`);
    }
  });
}

function readStatement(written: z.output<typeof STATEMENT>, kind: PolicyKind): Statement {
  const { Sid, Effect, Principal, Action, NotAction, Resource, NotResource } = written;
  if ((Action === undefined) === (NotAction === undefined)) throw new Error('one of Action and NotAction');
  if (Resource !== undefined && NotResource !== undefined) throw new Error('one of Resource and NotResource');
  if (kind === 'identity' && Resource === undefined && NotResource === undefined)
    throw new Error('one of Resource and NotResource');
  if ((kind === 'resource') !== (Principal !== undefined))
    throw new Error(kind === 'resource' ? 'it names no Principal' : 'it names a Principal');
  const about = [...(Resource ?? []), ...(NotResource ?? [])];
  if (about.some((one) => one.includes('${'))) throw new Error('variables are not worked out here');
  const actions = (Action ?? NotAction ?? []).map((one) => wildcard(one.toLowerCase()));
  // A trust policy has no Resource: it is about the role that it belongs to.
  const resources = about.length === 0 ? [() => true] : about.map(arnWildcard);
  return {
    sid: Sid,
    effect: Effect,
    actions: Action ?? [],
    resources: Resource ?? [],
    conditions: parseConditions(written.Condition),
    onAction: (text) => any(actions, text.toLowerCase()) === (Action !== undefined),
    onResource: (text) => any(resources, text) === (NotResource === undefined),
    onPrincipal: principalMatcher(Principal),
    usedBy: ({ action, resource }) => ({
      action: Action?.find((_, i) => actions[i]?.(action.toLowerCase())) ?? 'NotAction',
      resource: Resource?.find((_, i) => resources[i]?.(resource)) ?? 'NotResource',
    }),
  };
}

const any = (matchers: readonly Matcher[], text: string) => matchers.some((matches) => matches(text));

/** An account, or its root, is everybody in it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
function principalMatcher(named: z.output<typeof STATEMENT>['Principal']): Statement['onPrincipal'] {
  if (named === undefined) return () => true;
  if (named === '*') return () => true;
  return (principal) =>
    'service' in principal
      ? (named.Service ?? []).includes(principal.service)
      : (named.AWS ?? []).some(
          (one) => one === '*' || one === principal.role || rootOf(one) === accountOf(principal.role),
        );
}

const accountOf = (arn: string) => arn.split(':')[4];
const rootOf = (named: string) => (/^\d{12}$/.test(named) ? named : /:(\d{12}):root$/.exec(named)?.[1]);

export function applies(statement: Statement, request: IamRequest): boolean {
  return (
    statement.onAction(request.action) &&
    statement.onResource(request.resource) &&
    statement.conditions.every((condition) => condition.holds(request.context))
  );
}
