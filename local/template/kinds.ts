/** The kinds of resource that have no meaning on one machine; any other kind we do not run is an error. */
import { ACCOUNT, type Resource } from './template.ts';

/** Kinds this runner runs, each read by one function in `state.ts`, `compute.ts` or `iam/roles.ts`. */
const RUN: ReadonlySet<string> = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
]);

/** Kinds passed over, and why nothing is missed without them here. */
const PASSED_OVER: ReadonlyMap<string, string> = new Map([
  ['AWS::ApiGateway::Account', 'access logs'],
  ['AWS::CDK::Metadata', 'describes the template'],
  ['AWS::CloudWatch::Alarm', 'nobody is paged by one machine'],
  ['AWS::CloudWatch::CompositeAlarm', 'nobody is paged by one machine'],
  ['AWS::CloudWatch::Dashboard', 'no metrics are collected'],
  ['AWS::KMS::Alias', 'keys are found by logical id'],
  ['AWS::Lambda::EventInvokeConfig', 'only schedules invoke asynchronously, and the next tick is the retry'],
  ['AWS::Lambda::Permission', 'only the routes of this template reach its functions'],
  ['AWS::Logs::LogGroup', 'lines go to the log of the stack'],
  ['AWS::Logs::MetricFilter', 'no metrics are collected'],
  ['AWS::Logs::ResourcePolicy', 'lines go to the log of the stack'],
  ['AWS::SNS::Subscription', 'nobody is paged by one machine'],
  ['AWS::SNS::Topic', 'nobody is paged by one machine'],
  ['AWS::SNS::TopicPolicy', 'nobody is paged by one machine'],
  ['AWS::Scheduler::ScheduleGroup', 'names only'],
]);

/** Throws with every resource that is neither run nor knowingly passed over. */
export function refuseUnknownKinds(resources: readonly Resource[]): void {
  const unknown = resources.filter(({ type }) => !RUN.has(type) && !PASSED_OVER.has(type));
  if (unknown.length === 0) return;
  const names = unknown.map(({ id, type }) => `${id} (${type})`).join(', ');
  throw new Error(`the local stack cannot run ${names}`);
}

export function isPassedOver({ type }: Resource): boolean {
  return PASSED_OVER.has(type);
}

/** A name and an ARN for what is passed over: a function may be told about it, though nothing answers. */
export function standIn(
  { id, type }: Resource,
  region: string,
): { ref: string; attributes: Record<string, string> } {
  const [, service = '', kind = ''] = type.toLowerCase().split('::');
  const arn = `arn:aws:${service}:${service === 'iam' ? '' : region}:${ACCOUNT}:${kind}/${id}`;
  return { ref: service === 'sns' ? arn : id, attributes: { Arn: arn, TopicArn: arn } };
}
