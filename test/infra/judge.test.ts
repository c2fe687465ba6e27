/** The judgement at the end of a run, over made-up roles: what fails it, and what does not. */
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../local/iam/decide.ts';
import { parsePolicy } from '../../local/iam/policy.ts';
import { contextOf } from '../../local/iam/request.ts';
import { grantsOf } from '../support/iam/grants.ts';
import { type Acknowledged, judge } from '../support/iam/judge.ts';
import { startWitness } from '../support/iam/witness.ts';
import type { Template } from '../support/template.ts';

const SEND = {
  Sid: 'Send',
  Effect: 'Allow',
  Action: ['sqs:SendMessage'],
  Resource: ['arn:aws:sqs:r:0:a', 'arn:aws:sqs:r:0:b'],
};
const ROWS = {
  Sid: 'Rows',
  Effect: 'Allow',
  Action: 'dynamodb:GetItem',
  Resource: '*',
  Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['A#*', 'B#*'] } },
};
const DOCUMENT = { Version: '2012-10-17', Statement: [SEND, ROWS] };
const TEMPLATE: Template = {
  Parameters: {},
  Outputs: {},
  Resources: { R: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: DOCUMENT }] } } },
};
const grants = grantsOf(TEMPLATE);
const role = {
  id: 'R',
  arn: 'arn:aws:iam::0:role/R',
  policies: parsePolicy(DOCUMENT, 'identity'),
  trust: [],
};
const holder = { role, name: 'F', session: null };

const sent = (queue: string): Decision => ({
  allowed: true,
  holder,
  request: { action: 'sqs:SendMessage', resource: queue, context: {} },
  by: { sid: 'Send', action: 'sqs:SendMessage', resource: queue, when: [] },
});
const got = (kind: string): Decision => ({
  allowed: true,
  holder,
  request: {
    action: 'dynamodb:GetItem',
    resource: 't',
    context: contextOf({ 'dynamodb:LeadingKeys': [`${kind}#1`] }),
  },
  by: {
    sid: 'Rows',
    action: 'dynamodb:GetItem',
    resource: '*',
    when: [`ForAllValues:StringLike dynamodb:LeadingKeys ${kind}#*`],
  },
});
const refused: Decision = {
  allowed: false,
  holder,
  request: {
    action: 'dynamodb:GetItem',
    resource: 't',
    context: contextOf({ 'dynamodb:LeadingKeys': ['C#1'] }),
  },
  why: 'identity',
};
const EVERYTHING = [sent('arn:aws:sqs:r:0:a'), sent('arn:aws:sqs:r:0:b'), got('A'), got('B')];

function verdict(
  decisions: readonly Decision[],
  acknowledged: readonly Acknowledged[] = [],
  full = true,
): string[] {
  const witness = startWitness(null);
  for (const decision of decisions) witness.decided(decision);
  const testimonies = { uses: witness.uses, refusals: witness.refusals, calls: witness.count() };
  return judge({ grants, acknowledged, testimonies, full });
}

describe('a run', () => {
  it('is well when every grant was used and nothing was refused', () => {
    expect(grants.length).toBe(4);
    expect(verdict(EVERYTHING)).toEqual([]);
  });

  it('fails for what was refused, and says by whom, what, around what, and the statement that is missing', () => {
    for (const full of [true, false])
      expect(verdict([...EVERYTHING, refused, refused], [], full)).toEqual([
        'refused: F may not dynamodb:GetItem on t with dynamodb:leadingkeys C#1 (identity); ' +
          'Rows allows it only with ForAllValues:StringLike dynamodb:LeadingKeys A#*|B#*; ' +
          'its role R lacks {"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"t",' +
          '"Condition":{"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["C#*"]}}}',
      ]);
  });

  it('fails for a grant that nothing used: of an action, a resource, a value of a condition', () => {
    expect(verdict(EVERYTHING.slice(1))).toEqual([
      'granted and never used, nor acknowledged: R Send: sqs:SendMessage on arn:aws:sqs:r:0:a',
    ]);
    expect(verdict(EVERYTHING.slice(0, 3))).toEqual([
      'granted and never used, nor acknowledged: R Rows: dynamodb:GetItem on * if ForAllValues:StringLike dynamodb:LeadingKeys B#*',
    ]);
  });

  it('that was not a full one does not', () => {
    expect(verdict([], [], false)).toEqual([]);
  });

  const a = { grant: 'R Send: sqs:SendMessage on arn:aws:sqs:r:0:a', reason: 'test' };
  it('lets acknowledged ones be, until they are used or gone', () => {
    expect(verdict(EVERYTHING.slice(1), [a])).toEqual([]);
    expect(verdict(EVERYTHING, [a])).toEqual([`${a.grant} is acknowledged as unused, and was used`]);
    expect(verdict(EVERYTHING, [{ ...a, seldom: true }])).toEqual([]);
    expect(verdict(EVERYTHING.slice(1), [{ ...a, seldom: true }])).toEqual([]);
    const gone = { grant: 'R Send: sqs:DeleteQueue on x', reason: 'test', seldom: true } as const;
    expect(verdict(EVERYTHING, [gone])).toEqual([`${gone.grant} is acknowledged and no longer granted`]);
  });

  it('does not count what somebody with a borrowed role was refused', () => {
    const borrower = { ...holder, session: [] };
    expect(verdict([...EVERYTHING, { ...refused, holder: borrower }])).toEqual([]);
  });
});
