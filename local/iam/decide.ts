/**
 * Whether a role may do something: an explicit Deny wins, nothing is allowed that no statement allows
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html). Stricter than AWS in
 * one thing: within an account a resource's policy can allow what the role's does not; here the role's must, too.
 */
import { applies, type Principal, type Statement } from './policy.ts';
import type { IamRequest } from './request.ts';

export interface Role {
  /** Its logical id in the template. */
  readonly id: string;
  readonly arn: string;
  readonly policies: readonly Statement[];
  /** Who may assume it. */
  readonly trust: readonly Statement[];
}

/** A role, at work: for a function, or for somebody it was lent to. */
export interface Holder {
  readonly role: Role;
  /** Whoever works as the role: a function's logical id, a gateway's id. */
  readonly name: string;
  /** Null: whatever the role may do. */
  readonly session: readonly Statement[] | null;
}

/** What allowed it, in the words of the policy. */
export interface Grant {
  readonly sid: string;
  readonly action: string;
  readonly resource: string;
  /** `key value` of each condition that it was covered by; empty without conditions. */
  readonly when: readonly string[];
}

export type Refusal = 'explicit deny' | 'identity' | 'session' | 'resource';

export type Decision =
  | { readonly allowed: true; readonly holder: Holder; readonly request: IamRequest; readonly by: Grant }
  | { readonly allowed: false; readonly holder: Holder; readonly request: IamRequest; readonly why: Refusal };

/** The policy of a queue or a key, or the trust policy of a role; by the ARN of what it protects. */
export type ResourcePolicies = (arn: string) => readonly Statement[];

/** Services whose resources say themselves who may use them, whatever a role's policy says. */
const NEEDS_RESOURCE = /^(kms|sts):/i;

export function decide(holder: Holder, request: IamRequest, resources: ResourcePolicies): Decision {
  const { role, session } = holder;
  const of = relevant(role.policies, request);
  const inSession = session && relevant(session, request);
  const principal: Principal = { role: role.arn };
  const onResource = relevant(resources(request.resource), request).filter((one) =>
    one.onPrincipal(principal),
  );
  const refused = (why: Refusal) => ({ allowed: false, holder, request, why }) as const;
  if ([...of, ...(inSession ?? []), ...onResource].some(({ effect }) => effect === 'Deny'))
    return refused('explicit deny');
  const [statement] = of;
  if (!statement) return refused('identity');
  if (inSession?.length === 0) return refused('session');
  if (NEEDS_RESOURCE.test(request.action) && request.resource !== '*' && onResource.length === 0)
    return refused('resource');
  return { allowed: true, holder, request, by: grantOf(statement, request) };
}

/** May a service act as the role? Services have no policies of their own. */
export function trusts(role: Role, service: string, context: IamRequest['context']): boolean {
  const request = { action: 'sts:AssumeRole', resource: role.arn, context };
  const of = relevant(role.trust, request).filter((one) => one.onPrincipal({ service }));
  return of.length > 0 && of.every(({ effect }) => effect === 'Allow');
}

const relevant = (statements: readonly Statement[], request: IamRequest) =>
  statements.filter((statement) => applies(statement, request));

function grantOf(statement: Statement, request: IamRequest): Grant {
  return {
    sid: statement.sid,
    ...statement.usedBy(request),
    when: statement.conditions.flatMap(({ name, usedBy }) =>
      usedBy(request.context).map((value) => `${name} ${value}`),
    ),
  };
}
