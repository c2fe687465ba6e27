/** The roles of a template and the policies of what they use, as synthesized, with every intrinsic worked out. */
import * as z from 'zod';
import { kind, name, shaped } from '../template/properties.ts';
import { ACCOUNT, type Template } from '../template/template.ts';
import type { Role } from './decide.ts';
import { parsePolicy, type Statement } from './policy.ts';

const ROLE = z.strictObject({
  AssumeRolePolicyDocument: z.unknown(),
  Policies: z.array(z.object({ PolicyDocument: z.unknown() })).default([]),
  Description: z.string().optional(),
  RoleName: name.optional(),
  Tags: z.unknown().optional(),
});
const KEY = z.object({ KeyPolicy: z.unknown().optional() });
const QUEUE_POLICY = z.object({ PolicyDocument: z.unknown(), Queues: z.array(name) });

/** What KMS gives a key that comes without: whoever in the account is allowed by a policy of their own. */
const OF_THE_ACCOUNT = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: 'kms:*',
    Resource: '*',
  },
};

/** Throws for a role that has more than its own policies: managed ones, a boundary. */
export function rolesIn(template: Template): Role[] {
  return kind(template, 'AWS::IAM::Role').map((resource) => {
    const { Policies, AssumeRolePolicyDocument } = shaped(ROLE, resource, template);
    return {
      id: resource.id,
      arn: arnOf(resource.id, template),
      policies: Policies.flatMap(({ PolicyDocument }) => parsePolicy(PolicyDocument, 'identity')),
      trust: parsePolicy(AssumeRolePolicyDocument, 'resource'),
    };
  });
}

/** Of keys, queues and roles, by ARN. */
export function resourcePoliciesIn(template: Template): ReadonlyMap<string, readonly Statement[]> {
  const policies = new Map<string, Statement[]>();
  const add = (arn: string, document: unknown) =>
    policies.set(arn, [...(policies.get(arn) ?? []), ...parsePolicy(document, 'resource')]);
  for (const key of kind(template, 'AWS::KMS::Key'))
    add(arnOf(key.id, template), shaped(KEY, key, template, ['KeyPolicy']).KeyPolicy ?? OF_THE_ACCOUNT);
  const queues = kind(template, 'AWS::SQS::Queue').map(({ id }) => ({
    url: template.resolve({ Ref: id }),
    arn: arnOf(id, template),
  }));
  for (const policy of kind(template, 'AWS::SQS::QueuePolicy')) {
    const { PolicyDocument, Queues } = shaped(QUEUE_POLICY, policy, template);
    for (const { url, arn } of queues) if (Queues.some((one) => one === url)) add(arn, PolicyDocument);
  }
  for (const role of rolesIn(template)) policies.set(role.arn, [...role.trust]);
  return policies;
}

function arnOf(id: string, template: Template): string {
  return String(template.resolve({ 'Fn::GetAtt': [id, 'Arn'] }));
}
