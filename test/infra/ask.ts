/** Questions to the roles of a template: what a function may do on AWS, told by the policies as synthesized. */
import { type Decision, decide, type Role } from '../../local/iam/decide.ts';
import { contextOf } from '../../local/iam/request.ts';
import { resourcePoliciesIn, rolesIn } from '../../local/iam/roles.ts';
import { ACCOUNT, readTemplate } from '../../local/template/template.ts';
import type { Template } from '../support/template.ts';

const REGION = 'eu-central-1';
const arn = (service: string, rest: string, region = REGION) =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;

/** ARNs of what the template makes, and of what it does not. */
export const AT = {
  table: arn('dynamodb', 'table/Table'),
  otherTable: arn('dynamodb', 'table/Other'),
  list: arn('dynamodb', 'table/Table/index/list'),
  work: arn('dynamodb', 'table/Table/index/work'),
  dataKey: arn('kms', 'key/DataKey'),
  signingKey: arn('kms', 'key/SigningKey'),
  proofKey: arn('kms', 'key/ProofKey'),
  otherKey: arn('kms', 'key/Other'),
  syncQueue: arn('sqs', 'SyncQueue'),
  fanOutQueue: arn('sqs', 'FanOutQueue'),
  deadLetters: arn('sqs', 'SyncQueueDeadLetters'),
  otherQueue: arn('sqs', 'Other'),
  gatewayQueue: arn('sqs', 'KtGitops-gw-gw_1'),
  otherStacksQueue: arn('sqs', 'KtGitops2-gw-gw_1'),
  gatewayRole: arn('iam', `role/KtGitops-gw-${REGION}`, ''),
  otherRole: arn('iam', 'role/Admin', ''),
} as const;

export type Around = Readonly<Record<string, readonly string[]>>;

const RESOURCE: Readonly<Record<string, (id: string) => string>> = {
  'AWS::DynamoDB::Table': (id) => arn('dynamodb', `table/${id}`),
  'AWS::KMS::Key': (id) => arn('kms', `key/${id}`),
  'AWS::SQS::Queue': (id) => arn('sqs', id),
  'AWS::Lambda::Function': (id) => arn('lambda', `function:${id}`),
  'AWS::Logs::LogGroup': (id) => arn('logs', `log-group:${id}:*`),
  'AWS::IAM::Role': (id) => (id === 'GatewayQueueRole' ? AT.gatewayRole : arn('iam', `role/${id}`, '')),
};

export function roles(json: Template) {
  const parameters = Object.fromEntries(
    Object.entries(json.Parameters).map(([name, { Default }]) => [name, String(Default ?? 'x')]),
  );
  const template = readTemplate(json, { region: REGION, parameters });
  for (const { id, type } of template.resources) {
    const made = RESOURCE[type]?.(id) ?? id;
    template.know(id, made, { Arn: made });
  }
  const known = new Map(rolesIn(template).map((role) => [role.id, role]));
  const policies = resourcePoliciesIn(template);
  const roleOf = (name: string): Role => {
    const role = known.get(`${name}Role`);
    if (!role) throw new Error(`no role ${name}Role`);
    return role;
  };
  return {
    /** May that function do that? Encryption contexts and rows go by the names of their condition keys. */
    may(name: string, action: string, resource: string, around: Around = {}): boolean {
      const holder = { role: roleOf(name), name, session: null };
      const request = { action, resource, context: contextOf(around) };
      const decision: Decision = decide(holder, request, (of) => policies.get(of) ?? []);
      return decision.allowed;
    },
  };
}
