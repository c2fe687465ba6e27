/** Grants: all that the roles of a template allow, one by one, as written. */
import type { Properties, Template } from '../template.ts';
import { list, word } from '../template.ts';
import { useOf } from './use.ts';

export interface Grant {
  /** What a use of it is called. */
  readonly use: string;
  /** For people: `FanOutRole Sign: kms:Sign on SigningKey if …`. */
  readonly words: string;
}

/** Every action on every resource of every statement, and with conditions under every value of them. */
export function grantsOf(template: Template): Grant[] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Role')
    .flatMap(
      ([
        role,
        {
          Properties: { Policies = [] },
        },
      ]) =>
        list(Policies)
          .flatMap(({ PolicyDocument }) => list(PolicyDocument.Statement))
          .filter(({ Effect }) => Effect === 'Allow')
          .flatMap((statement) => grantsIn(role, statement)),
    );
}

function grantsIn(role: string, { Sid, Action, Resource, Condition = {} }: Properties): Grant[] {
  const conditions = Object.entries<Properties>(Condition).flatMap(([operator, keys]) =>
    Object.entries<Properties>(keys).flatMap(([key, values]) =>
      list(values).map((value) => `${operator} ${key} ${value}`),
    ),
  );
  const when = conditions.length === 0 ? [null] : conditions;
  return list(Action).flatMap((action) =>
    list(Resource).flatMap((resource, i) =>
      when.map((condition) => ({
        use: useOf(role, Sid, action, i, condition),
        words: `${role} ${Sid}: ${action} on ${word(resource)}${condition === null ? '' : ` if ${condition}`}`,
      })),
    ),
  );
}
