/** AssumeRole: the request of the query protocol read, the answer written as XML. */
import * as z from 'zod';
import { parsePolicy, type Statement } from '../iam/policy.ts';
import { AwsFailure } from './failure.ts';
import type { Sessions } from './sessions.ts';
import { element, type Xml } from './xml.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const REQUEST = z.object({
  RoleArn: z.string().min(20).max(2048),
  RoleSessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/),
  /** An hour is the most for a role that a role assumes, as functions do. */
  DurationSeconds: z.coerce.number().int().min(900).max(3600).default(3600),
  Policy: z.string().min(1).max(2048).optional(),
});

export function assumeRole(fields: Readonly<Record<string, string>>, sessions: Sessions): Xml {
  const request = REQUEST.safeParse(fields);
  if (!request.success) throw new AwsFailure('ValidationError', z.prettifyError(request.error), 400);
  const { RoleArn, RoleSessionName, DurationSeconds, Policy } = request.data;
  const session = sessions.assume({
    roleArn: RoleArn,
    name: RoleSessionName,
    seconds: DurationSeconds,
    policy: Policy === undefined ? null : sessionPolicy(Policy),
  });
  return [
    element('AssumedRoleUser', [element('AssumedRoleId', session.roleId), element('Arn', session.arn)]),
    element('Credentials', [
      element('AccessKeyId', session.accessKeyId),
      element('SecretAccessKey', session.secretAccessKey),
      element('SessionToken', session.sessionToken),
      element('Expiration', session.expiresAt.toISOString().replace('.000Z', 'Z')),
    ]),
  ];
}

function sessionPolicy(text: string): Statement[] {
  try {
    return parsePolicy(JSON.parse(text), 'identity');
  } catch {
    throw new AwsFailure(
      'MalformedPolicyDocument',
      'the policy is no JSON, or has something in it that this STS does not weigh',
      400,
    );
  }
}
