/** The evaluator of policies: hand-made cases with the traps of IAM's language, then what must hold of any policy. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Refusal, type Role, trusts } from '../../../local/iam/decide.ts';
import { parsePolicy } from '../../../local/iam/policy.ts';
import { contextOf } from '../../../local/iam/request.ts';
import { seedOf, times } from '../../support/soak.ts';

const ROLE = 'arn:aws:iam::000000000000:role/R';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:q';
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/k';
const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/T';

interface Written {
  readonly [part: string]: unknown;
}

const document = (...statements: readonly Written[]) => ({
  Version: '2012-10-17',
  Statement: statements.map((one) => ({ Effect: 'Allow', ...one })),
});

const roleOf = (...statements: readonly Written[]): Role => ({
  id: 'R',
  arn: ROLE,
  policies: parsePolicy(document(...statements), 'identity'),
  trust: [],
});

interface Question {
  readonly action?: string;
  readonly on?: string;
  readonly with?: Readonly<Record<string, readonly string[]>>;
  readonly session?: readonly Written[];
  readonly protected?: readonly Written[];
}

/** How it is decided: why not, or the Sid of what allows it. */
function answer(statements: readonly Written[], question: Question = {}): Refusal | { by: string } {
  const { action = 'sqs:SendMessage', on = QUEUE, with: around = {}, session, protected: own } = question;
  const holder = {
    role: roleOf(...statements),
    name: 'F',
    session: session ? parsePolicy(document(...session), 'identity') : null,
  };
  const resource = own ? parsePolicy(document(...own), 'resource') : [];
  const decision = decide(holder, { action, resource: on, context: contextOf(around) }, () => resource);
  return decision.allowed ? { by: decision.by.sid } : decision.why;
}

const SEND = { Sid: 'Send', Action: 'sqs:SendMessage', Resource: QUEUE };

describe('actions and resources', () => {
  it.each<[string, Written, Question, boolean]>([
    ['the very action on the very resource', SEND, {}, true],
    ['an action in other letter case', { ...SEND, Action: 'SQS:sendmessage' }, {}, true],
    ['a wildcard in the action', { ...SEND, Action: 'sqs:Send*' }, {}, true],
    ['a question mark for one character', { ...SEND, Action: 'sqs:?endMessage' }, {}, true],
    ['a question mark for no character', { ...SEND, Action: 'sqs:SendMessage?' }, {}, false],
    ['an action that begins like it', SEND, { action: 'sqs:SendMessageBatch' }, false],
    ['every action but it', { Sid: 'X', NotAction: 'sqs:SendMessage', Resource: '*' }, {}, false],
    ['every action but another', { Sid: 'X', NotAction: 'sqs:DeleteQueue', Resource: '*' }, {}, true],
    ['every resource but it', { Sid: 'X', Action: 'sqs:*', NotResource: QUEUE }, {}, false],
    ['every resource', { ...SEND, Resource: '*' }, {}, true],
    ['a resource in other letter case', { ...SEND, Resource: QUEUE.replace(/q$/, 'Q') }, {}, false],
    ['a dot is a dot', { ...SEND, Resource: QUEUE.replace('us-east', 'us.east') }, {}, false],
    ['a prefix of names', { ...SEND, Resource: `${QUEUE}-gw-*` }, { on: `${QUEUE}-gw-1` }, true],
    ['a prefix of names, of itself', { ...SEND, Resource: `${QUEUE}-gw-*` }, { on: `${QUEUE}-gw-` }, true],
    ['a prefix of names, of another', { ...SEND, Resource: `${QUEUE}-gw-*` }, { on: `${QUEUE}-g` }, false],
    ['any region', { ...SEND, Resource: 'arn:aws:sqs:*:000000000000:q' }, {}, true],
    [
      'a wildcard in the last part, over a colon',
      { Sid: 'X', Action: 'lambda:*', Resource: 'arn:aws:lambda:r:1:function:f*' },
      { action: 'lambda:InvokeFunction', on: 'arn:aws:lambda:r:1:function:f:1' },
      true,
    ],
    [
      'the table, where the index is meant',
      { Sid: 'X', Action: '*', Resource: TABLE },
      { on: `${TABLE}/index/i` },
      false,
    ],
  ])('%s', (_what, statement, question, allowed) => {
    expect(answer([statement], question)).toEqual(allowed ? { by: statement['Sid'] } : 'identity');
  });

  it('nothing allows what no statement allows, and a deny wins wherever it stands', () => {
    expect(answer([])).toBe('identity');
    const deny = { Effect: 'Deny', Action: 'sqs:*', Resource: QUEUE };
    expect(answer([SEND, deny])).toBe('explicit deny');
    expect(answer([deny, SEND])).toBe('explicit deny');
    expect(answer([SEND, { ...deny, Resource: `${QUEUE}2` }])).toEqual({ by: 'Send' });
    expect(answer([SEND, { Effect: 'Deny', NotAction: 'sqs:SendMessage', Resource: '*' }])).toEqual({
      by: 'Send',
    });
  });
});

const when = (Condition: Written) => ({ Sid: 'X', Action: '*', Resource: '*', Condition });

describe('conditions', () => {
  const purpose = 'kms:EncryptionContext:purpose';
  const rows = 'dynamodb:LeadingKeys';
  it.each<[string, Written, Readonly<Record<string, readonly string[]>>, boolean]>([
    ['a value', { StringEquals: { [purpose]: 'a' } }, { [purpose]: ['a'] }, true],
    ['another value', { StringEquals: { [purpose]: 'a' } }, { [purpose]: ['b'] }, false],
    ['a value in other letter case', { StringEquals: { [purpose]: 'a' } }, { [purpose]: ['A'] }, false],
    ['a value that only begins alike', { StringEquals: { [purpose]: 'a*' } }, { [purpose]: ['ab'] }, false],
    ['one of several values', { StringEquals: { [purpose]: ['a', 'b'] } }, { [purpose]: ['b'] }, true],
    ['a key that is not there', { StringEquals: { [purpose]: 'a' } }, {}, false],
    [
      'a key in other letter case',
      { StringEquals: { 'KMS:encryptionContext:PURPOSE': 'a' } },
      { [purpose]: ['a'] },
      true,
    ],
    ['not a value, and it is', { StringNotEquals: { [purpose]: 'a' } }, { [purpose]: ['a'] }, false],
    [
      'none of several, and it is one',
      { StringNotEquals: { [purpose]: ['a', 'b'] } },
      { [purpose]: ['b'] },
      false,
    ],
    ['not a value, and the key is not there', { StringNotEquals: { [purpose]: 'a' } }, {}, true],
    ['a value if the key exists, and it does not', { StringEqualsIfExists: { [purpose]: 'a' } }, {}, true],
    [
      'a value if the key exists, and it is another',
      { StringEqualsIfExists: { [purpose]: 'a' } },
      { [purpose]: ['b'] },
      false,
    ],
    [
      'two keys, of which one holds',
      { StringEquals: { [purpose]: 'a', 'kms:SigningAlgorithm': 'x' } },
      { [purpose]: ['a'] },
      false,
    ],
    [
      'two operators, of which one holds',
      { StringEquals: { [purpose]: 'a' }, Null: { [purpose]: 'true' } },
      { [purpose]: ['a'] },
      false,
    ],
    ['the key must be there, and is', { Null: { [purpose]: 'false' } }, { [purpose]: ['a'] }, true],
    ['the key must be there, and is not', { Null: { [purpose]: 'false' } }, {}, false],
    ['the key must not be there, and is', { Null: { [purpose]: 'true' } }, { [purpose]: ['a'] }, false],
    [
      'all values like one',
      { 'ForAllValues:StringLike': { [rows]: ['A#*', 'B'] } },
      { [rows]: ['A#1', 'B'] },
      true,
    ],
    [
      'not all values like one',
      { 'ForAllValues:StringLike': { [rows]: ['A#*'] } },
      { [rows]: ['A#1', 'B#1'] },
      false,
    ],
    // The trap: a call that says no rows, a scan say, meets every condition on its rows.
    ['all of no values', { 'ForAllValues:StringLike': { [rows]: ['A#*'] } }, {}, true],
    [
      'all of no values, and there must be some',
      { 'ForAllValues:StringLike': { [rows]: ['A#*'] }, Null: { [rows]: 'false' } },
      {},
      false,
    ],
    [
      'any value like one',
      { 'ForAnyValue:StringLike': { [rows]: ['A#*'] } },
      { [rows]: ['A#1', 'B#1'] },
      true,
    ],
    ['no value like one', { 'ForAnyValue:StringLike': { [rows]: ['A#*'] } }, { [rows]: ['B#1'] }, false],
    ['any of no values', { 'ForAnyValue:StringLike': { [rows]: ['A#*'] } }, {}, false],
    ['any of no values, negated', { 'ForAnyValue:StringNotLike': { [rows]: ['A#*'] } }, {}, false],
    [
      'all values unlike one',
      { 'ForAllValues:StringNotLike': { [rows]: ['A#*'] } },
      { [rows]: ['B#1'] },
      true,
    ],
    [
      'not all values unlike one',
      { 'ForAllValues:StringNotLike': { [rows]: ['A#*'] } },
      { [rows]: ['A#1', 'B#1'] },
      false,
    ],
    [
      'a kind is no prefix of another',
      { 'ForAllValues:StringLike': { [rows]: ['HOOK#*'] } },
      { [rows]: ['HOOKS#1'] },
      false,
    ],
    ['over TLS, as every call is', { Bool: { 'aws:SecureTransport': true } }, {}, true],
    ['in the clear, as no call is', { Bool: { 'aws:SecureTransport': 'false' } }, {}, false],
  ])('%s', (_what, condition, around, allowed) => {
    expect(answer([when(condition)], { with: around })).toEqual(allowed ? { by: 'X' } : 'identity');
  });

  it.each<[string, unknown, string]>([
    ['an operator', when({ DateLessThan: { 'kms:SigningAlgorithm': 'x' } }), 'operator'],
    [
      'a key, which would never be there',
      when({ StringEquals: { 'kms:EncryptionContxt:purpose': 'x' } }),
      'key',
    ],
    [
      'several values without a word on how',
      when({ StringLike: { [rows]: 'A#*' } }),
      'ForAllValues or ForAnyValue',
    ],
    ['a variable', when({ StringEquals: { [purpose]: `\${aws:username}` } }), 'variables'],
    ['a resource that is no ARN', { ...SEND, Resource: 'arn:aws:sqs:*:q' }, 'is no ARN'],
    ['a variable in a resource', { ...SEND, Resource: `${QUEUE}-\${aws:username}` }, 'variables'],
    ['neither Action nor NotAction', { Resource: '*' }, 'one of Action and NotAction'],
    ['no resource', { Action: '*' }, 'one of Resource and NotResource'],
    ['a principal, of a role’s own policy', { ...SEND, Principal: '*' }, 'Principal'],
    ['another element', { ...SEND, Sentence: 'x' }, 'Sentence'],
    ['another effect', { ...SEND, Effect: 'Perhaps' }, 'Effect'],
  ])('what is not known is not passed over: %s', (_what, statement, says) => {
    expect(() => parsePolicy(document(statement as Written), 'identity')).toThrow(says);
  });
});

describe('policies of resources', () => {
  const all = { Sid: 'All', Action: '*', Resource: '*' };
  const root = { Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*', Resource: '*' };

  it('a queue that denies what is not TLS denies nothing of the SDK', () => {
    const deny = { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: QUEUE };
    const clear = { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    expect(answer([all], { protected: [clear] })).toEqual({ by: 'All' });
    expect(answer([all], { protected: [deny] })).toBe('explicit deny');
    expect(answer([all], { protected: [{ ...deny, Principal: { AWS: `${ROLE}2` } }] })).toEqual({
      by: 'All',
    });
  });

  it('a key must let the account, or the role, have it', () => {
    const decrypt = { action: 'kms:Decrypt', on: KEY };
    expect(answer([all], decrypt)).toBe('resource');
    expect(answer([all], { ...decrypt, protected: [root] })).toEqual({ by: 'All' });
    expect(answer([], { ...decrypt, protected: [root] })).toBe('identity');
    for (const [AWS, allowed] of [
      ['000000000000', true],
      [ROLE, true],
      [`${ROLE}2`, false],
      ['arn:aws:iam::111111111111:root', false],
    ] as const) {
      const policy = { ...root, Principal: { AWS } };
      expect(answer([all], { ...decrypt, protected: [policy] })).toEqual(
        allowed ? { by: 'All' } : 'resource',
      );
    }
  });

  it('a role is assumed by whom it trusts, and may do what its session allows, too', () => {
    const assume = { action: 'sts:AssumeRole', on: `${ROLE}-lent` };
    const trust = { Principal: { AWS: ROLE }, Action: 'sts:AssumeRole' };
    expect(answer([all], assume)).toBe('resource');
    expect(answer([all], { ...assume, protected: [trust] })).toEqual({ by: 'All' });
    expect(answer([SEND], { session: [SEND] })).toEqual({ by: 'Send' });
    expect(answer([SEND], { session: [{ ...SEND, Resource: `${QUEUE}2` }] })).toBe('session');
    expect(answer([SEND], { session: [] })).toBe('session');
    expect(answer([], { session: [SEND] })).toBe('identity');
    expect(answer([SEND], { session: [SEND, { ...SEND, Effect: 'Deny' }] })).toBe('explicit deny');
  });

  it('a service has the roles that trust it, under the condition that they name', () => {
    const role = (trust: Written): Role => ({ ...roleOf(), trust: parsePolicy(document(trust), 'resource') });
    const lambda = { Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
    expect(trusts(role(lambda), 'lambda.amazonaws.com', {})).toBe(true);
    expect(trusts(role(lambda), 'scheduler.amazonaws.com', {})).toBe(false);
    expect(trusts(role({ ...lambda, Effect: 'Deny' }), 'lambda.amazonaws.com', {})).toBe(false);
    const ours = role({ ...lambda, Condition: { StringEquals: { 'aws:SourceAccount': '0' } } });
    expect(trusts(ours, 'lambda.amazonaws.com', contextOf({ 'aws:SourceAccount': ['0'] }))).toBe(true);
    expect(trusts(ours, 'lambda.amazonaws.com', contextOf({ 'aws:SourceAccount': ['1'] }))).toBe(false);
    expect(trusts(ours, 'lambda.amazonaws.com', {})).toBe(false);
  });
});

describe('any policy', () => {
  const actions = ['sqs:SendMessage', 'sqs:*', 'kms:Decrypt', 'dynamodb:GetItem', '*'];
  const resources = [QUEUE, `${QUEUE}*`, TABLE, '*'];
  const some = <T>(of: readonly T[]) =>
    fc.uniqueArray(fc.constantFrom(...of), { minLength: 1, maxLength: 3 });
  const rowsLike = fc.record({
    'ForAllValues:StringLike': fc.record({ 'dynamodb:LeadingKeys': some(['A#*', 'B#*', 'TEAMS']) }),
  });
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: some(actions),
    Resource: some(resources),
    Condition: fc.option(rowsLike, { nil: {} }),
  });
  const question = fc.record({
    action: fc.constantFrom('sqs:SendMessage', 'sqs:DeleteQueue', 'kms:Decrypt', 'dynamodb:GetItem', 'x:Y'),
    on: fc.constantFrom(QUEUE, `${QUEUE}2`, TABLE, `${TABLE}/index/i`),
    with: fc.option(fc.record({ 'dynamodb:LeadingKeys': some(['A#1', 'B#2', 'TEAMS', 'C#3']) }), { nil: {} }),
  });
  const policy = fc.array(statement, { maxLength: 6 });
  const allowed = (statements: readonly Written[], asked: Question) =>
    typeof answer(statements, asked) === 'object';
  const often = { seed: seedOf(5104), numRuns: times(500, 20_000) };

  it('with a Deny more allows nothing more, and with an Allow more nothing less', () => {
    fc.assert(
      fc.property(policy, statement, fc.nat(), question, (statements, one, at, asked) => {
        const before = allowed(statements, asked);
        const withOne = (Effect: string) =>
          allowed(
            statements.toSpliced(at % (statements.length + 1), 0, { ...one, Effect: Effect as 'Deny' }),
            asked,
          );
        const denies = statements.some(({ Effect }) => Effect === 'Deny');
        return (before || !withOne('Deny')) && (denies || !before || withOne('Allow'));
      }),
      often,
    );
  });

  it('means the same in any order, and in one statement per action and resource', () => {
    fc.assert(
      fc.property(policy, question, (statements, asked) => {
        const apart = statements.flatMap((one) =>
          one.Action.flatMap((Action) => one.Resource.map((Resource) => ({ ...one, Action, Resource }))),
        );
        const before = allowed(statements, asked);
        return before === allowed(statements.toReversed(), asked) && before === allowed(apart, asked);
      }),
      often,
    );
  });

  it('with a condition allows nothing that it does not allow without; with a value more, nothing less', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 4 }), question, (statements, asked) => {
        const allows = statements.map((one) => ({ ...one, Effect: 'Allow' }));
        const without = allows.map((one) => ({ ...one, Condition: {} }));
        return !allowed(allows, asked) || allowed(without, asked);
      }),
      often,
    );
  });

  it('narrowed down by a session allows nothing more than without, nor than the session', () => {
    fc.assert(
      fc.property(policy, policy, question, (statements, session, asked) => {
        const both = allowed(statements, { ...asked, session });
        return !both || (allowed(statements, asked) && allowed(session, asked));
      }),
      often,
    );
  });
});
