/** A refusal in words: who asked for what, what stood in the way, and which statement is missing. */
import type { Decision } from './decide.ts';
import { type IamRequest, OVER_TLS } from './request.ts';

export type Refused = Extract<Decision, { allowed: false }>;

export function explain({ holder, request, why }: Refused): string {
  const { action, resource } = request;
  const around = shown(request);
  return [
    `${holder.name} may not ${action} on ${resource}${around === '' ? '' : ` with ${around}`} (${why})`,
    ...(why === 'identity' ? nearest(holder.role, request) : []),
    `its role ${holder.role.id} lacks ${JSON.stringify(missing(request))}`,
  ].join('; ');
}

const ownKeys = ({ context }: IamRequest) => Object.entries(context).filter(([key]) => !(key in OVER_TLS));

const shown = (request: IamRequest) =>
  ownKeys(request)
    .map(([key, values]) => `${key} ${values.join(', ')}`)
    .join('; ');

/** Statements about the action and the resource whose conditions are what fails. */
function nearest(
  { policies }: Refused['holder']['role'],
  { action, resource, context }: IamRequest,
): string[] {
  return policies
    .filter((one) => one.effect === 'Allow' && one.onAction(action) && one.onResource(resource))
    .map(({ sid, conditions }) => {
      const unmet = conditions.filter((condition) => !condition.holds(context));
      return `${sid} allows it only with ${unmet.map(({ name, values }) => `${name} ${values.join('|')}`).join(' and ')}`;
    });
}

/** Of conditions, those that our roles are written with. */
function missing(request: IamRequest): object {
  const { action, resource, context } = request;
  const rows = context['dynamodb:leadingkeys']?.map((key) => key.replace(/#.*/s, '#*'));
  const purpose = context['kms:encryptioncontext:purpose'];
  const algorithm = context['kms:signingalgorithm'];
  const Condition = rows
    ? { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...new Set(rows)] } }
    : purpose
      ? { StringEquals: { 'kms:EncryptionContext:purpose': purpose } }
      : algorithm && { StringEquals: { 'kms:SigningAlgorithm': algorithm } };
  return { Effect: 'Allow', Action: action, Resource: resource, ...(Condition && { Condition }) };
}
