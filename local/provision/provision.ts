/** Makes what the template asks for where it is missing, and tells the template what it is called. Run twice, made once. */
import type { Clients } from '../emulators.ts';
import { API_ID } from '../http/event.ts';
import { resourcePoliciesIn, rolesIn } from '../iam/roles.ts';
import { functionArn } from '../lambda/function.ts';
import type { LocalSqs } from '../sqs.ts';
import type { Sessions } from '../sts/sessions.ts';
import { functionName } from '../template/compute.ts';
import { isPassedOver, standIn } from '../template/kinds.ts';
import { keysIn, queueNamesIn, queuesIn, roleNamesIn, tablesIn } from '../template/state.ts';
import { ACCOUNT, type Template } from '../template/template.ts';
import { ensureKey } from './key.ts';
import { ensureQueue } from './queue.ts';
import { ensureTable } from './table.ts';

interface Place {
  readonly region: string;
  readonly sqs: LocalSqs;
  readonly sessions: Pick<Sessions, 'know' | 'knowPolicies'>;
  readonly clients: Clients;
  readonly apiUrl: string;
}

export async function provision(template: Template, place: Place): Promise<void> {
  knowNames(template, place);
  const { dynamodb, kms, sqs } = place.clients;
  const tables = tablesIn(template).map(async (table) => {
    const name = await ensureTable(table, dynamodb);
    template.know(table.id, name, { Arn: `arn:aws:dynamodb:${place.region}:${ACCOUNT}:table/${name}` });
  });
  const keys = keysIn(template).map(async (key) => {
    const { id, arn } = await ensureKey(key, kms);
    template.know(key.id, id, { KeyId: id, Arn: arn });
  });
  const queues = async () => {
    // One after the other: dead-letter queues come first.
    for (const queue of queuesIn(template)) await ensureQueue(queue, sqs);
  };
  await Promise.all([...tables, ...keys, queues()]);
  // Last: they name all of the above.
  for (const role of rolesIn(template)) place.sessions.know(role);
  place.sessions.knowPolicies(resourcePoliciesIn(template));
}

/** Names that are decided before anything is made. */
function knowNames(template: Template, { region, sqs, apiUrl }: Place): void {
  for (const resource of template.resources) {
    if (isPassedOver(resource)) {
      const { ref, attributes } = standIn(resource, region);
      template.know(resource.id, ref, attributes);
    } else if (resource.type === 'AWS::ApiGatewayV2::Api') {
      template.know(resource.id, API_ID, { ApiId: API_ID, ApiEndpoint: apiUrl });
    } else if (resource.type.startsWith('AWS::ApiGatewayV2::')) {
      template.know(resource.id, resource.id);
    } else if (resource.type === 'AWS::Lambda::Function') {
      const name = functionName(resource, template);
      template.know(resource.id, name, { Arn: functionArn(name, region) });
    }
  }
  for (const { id, name } of roleNamesIn(template))
    template.know(id, name, { Arn: `arn:aws:iam::${ACCOUNT}:role/${name}` });
  for (const { id, name } of queueNamesIn(template)) {
    template.know(id, sqs.queueUrl(name), {
      Arn: sqs.queueArn(name),
      QueueName: name,
      QueueUrl: sqs.queueUrl(name),
    });
  }
}
