/** Random commands in the grammar that our adapters write, on so few keys that they get into each other's way. */
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type ScanCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';

export type Command =
  | BatchGetItemCommand
  | DeleteItemCommand
  | GetItemCommand
  | PutItemCommand
  | QueryCommand
  | ScanCommand
  | TransactWriteItemsCommand
  | UpdateItemCommand;

const NAMES = {
  '#pk': 'pk',
  '#sk': 'sk',
  '#lpk': 'lpk',
  '#lsk': 'lsk',
  '#n': 'n',
  '#s': 's',
  '#m': 'm',
  '#o': 'o',
};

const partition = fc.constantFrom('p1', 'p2');
/** Out of the order of bytes and of UTF-16 both, and with one that is the beginning of others. */
const sort = fc.constantFrom('a', 'a1', 'a12', 'b', 'b\u{1f600}', 'b\uff5e', 'z');
const key = fc.record({ pk: partition, sk: sort });
const scalar = fc.oneof(
  fc.integer({ min: -3, max: 12 }),
  fc.constantFrom('x', 'y', 'xy', ''),
  fc.constantFrom(0.1, 0.2, 1e3, -7.25),
  fc.constantFrom(null, true, false),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  fc.array(scalar, { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('n', 's'), scalar, { maxKeys: 2 }),
  fc.uint8Array({ maxLength: 3 }),
);
const attributes = fc.record(
  {
    n: value,
    s: value,
    m: value,
    o: value,
    lpk: fc.constantFrom('l1', 'l2'),
    lsk: fc.constantFrom('c', 'd', 'd1', 'e'),
  },
  { requiredKeys: [] },
);

/** An expression, with the values it names. */
interface Phrase {
  readonly text: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const path = fc.constantFrom('#n', '#s', '#m', '#o', '#lsk', '#m.#n', '#m.#s');
const comparator = fc.constantFrom('=', '<>', '<', '<=', '>', '>=');
const typed = fc.constantFrom('S', 'N', 'NULL', 'BOOL', 'M', 'L', 'B');

/** Values are numbered by where they stand in the text, so that no two get in each other's way. */
let made = 0;
const phrase = (given: unknown, write: (alias: string) => string): Phrase => {
  const alias = `:v${made++}`;
  return { text: write(alias), values: { [alias]: given } };
};

const statement: fc.Arbitrary<Phrase> = fc.oneof(
  fc.tuple(path, comparator, value).map(([p, by, v]) => phrase(v, (alias) => `${p} ${by} ${alias}`)),
  fc
    .tuple(path, path, comparator)
    .filter(([a, b]) => a !== b)
    .map(([a, b, by]) => ({ text: `${a} ${by} ${b}`, values: {} })),
  fc
    .tuple(fc.constantFrom('attribute_exists', 'attribute_not_exists'), fc.oneof(path, fc.constant('#pk')))
    .map(([f, p]) => ({ text: `${f}(${p})`, values: {} })),
  fc.tuple(path, typed).map(([p, type]) => phrase(type, (alias) => `attribute_type(${p}, ${alias})`)),
  fc
    .tuple(path, fc.constantFrom('x', 'y', 'd'))
    .map(([p, v]) => phrase(v, (alias) => `begins_with(${p}, ${alias})`)),
  fc
    .tuple(path, fc.tuple(fc.integer({ min: -2, max: 3 }), fc.integer({ min: 3, max: 9 })))
    .map(([p, [from, to]]) => {
      const [low, high] = [phrase(from, (alias) => alias), phrase(to, (alias) => alias)];
      return { text: `${p} BETWEEN ${low.text} AND ${high.text}`, values: { ...low.values, ...high.values } };
    }),
);

const join = (phrases: readonly Phrase[], write: (texts: readonly string[]) => string): Phrase => ({
  text: write(phrases.map(({ text }) => text)),
  values: Object.assign({}, ...phrases.map(({ values }) => values)),
});

const { condition } = fc.letrec<{ condition: Phrase }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2 },
    statement,
    fc
      .tuple(tie('condition'), fc.constantFrom(' AND ', ' OR '), tie('condition'))
      .map(([a, by, b]) => join([a, b], (texts) => texts.join(by))),
    fc
      .tuple(tie('condition'), tie('condition'))
      .map(([a, b]) => join([a, b], ([x, y]) => `(${x} OR ${y}) AND ${x}`)),
    tie('condition').map((one) => join([one], ([text]) => `NOT (${text})`)),
  ),
}));

const assignment = (name: string): fc.Arbitrary<Phrase> =>
  fc.oneof(
    value.map((v) => phrase(v, (alias) => `${name} = ${alias}`)),
    value.map((v) => phrase(v, (alias) => `${name} = if_not_exists(${name}, ${alias})`)),
    fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom(1, 0.1, -2)).map(([from, by]) => {
      const [start, step] = [phrase(from, (alias) => alias), phrase(by, (alias) => alias)];
      return join([start, step], ([a, b]) => `${name} = if_not_exists(${name}, ${a}) + ${b}`);
    }),
    fc.constantFrom(1, 0.2).map((by) => phrase(by, (alias) => `${name} = ${name} - ${alias}`)),
    path.map((from) => ({ text: `${name} = ${from}`, values: {} })),
  );

const update: fc.Arbitrary<Phrase> = fc
  .uniqueArray(fc.constantFrom('#n', '#s', '#m', '#o'), { minLength: 1, maxLength: 4 })
  .chain(([first = '#n', second, ...rest]) => {
    const listed =
      second === undefined
        ? fc.constant({ text: '', values: {} })
        : fc.constantFrom(1, 0.5).map((by) => phrase(by, (alias) => ` ADD ${second} ${alias}`));
    const removed = rest.length === 0 ? '' : ` REMOVE ${rest.join(', ')}`;
    return fc
      .tuple(assignment(first), listed)
      .map(([set, add]) => join([set, add], ([a, b]) => `SET ${a}${removed}${b}`));
  });

function aliased(...phrases: readonly (Phrase | null)[]) {
  const { text, values } = join(
    phrases.flatMap((one) => one ?? []),
    (texts) => texts.join(' '),
  );
  const used = Object.entries(NAMES).filter(([alias]) => new RegExp(`${alias}\\b`).test(text));
  return {
    ...(used.length > 0 ? { ExpressionAttributeNames: Object.fromEntries(used) } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: marshall(values) } : {}),
  };
}

const perhaps = fc.option(condition, { freq: 2 });
const conditionOf = (one: Phrase | null) => (one ? { ConditionExpression: one.text } : {});
const failing = fc.constantFrom({}, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const });

const putOf = (TableName: string) =>
  fc.tuple(key, attributes, perhaps, failing).map(([k, more, when, old]) => ({
    TableName,
    Item: marshall({ ...k, ...more }),
    ...conditionOf(when),
    ...aliased(when),
    ...old,
  }));
const deleteOf = (TableName: string) =>
  fc.tuple(key, perhaps, failing).map(([k, when, old]) => ({
    TableName,
    Key: marshall(k),
    ...conditionOf(when),
    ...aliased(when),
    ...old,
  }));
const updateOf = (TableName: string) =>
  fc.tuple(key, update, perhaps, failing).map(([k, change, when, old]) => ({
    TableName,
    Key: marshall(k),
    UpdateExpression: change.text,
    ...conditionOf(when),
    ...aliased(change, when),
    ...old,
  }));
const checkOf = (TableName: string) =>
  fc.tuple(key, condition, failing).map(([k, when, old]) => ({
    TableName,
    Key: marshall(k),
    ConditionExpression: when.text,
    ...aliased(when),
    ...old,
  }));

const transactItem = (table: string): fc.Arbitrary<TransactWriteItem> =>
  fc.oneof(
    putOf(table).map((Put) => ({ Put })),
    deleteOf(table).map((Delete) => ({ Delete })),
    updateOf(table).map((Update) => ({ Update })),
    checkOf(table).map((ConditionCheck) => ({ ConditionCheck })),
  );

const PLACES = [
  { keys: ['#pk', '#sk'], partitions: ['p1', 'p2', 'none'], index: {} },
  { keys: ['#lpk', '#lsk'], partitions: ['l1', 'l2'], index: { IndexName: 'list' } },
] as const;

const query = (TableName: string) =>
  fc.constantFrom(...PLACES).chain(({ keys: [hash, range], partitions, index }) => {
    const stretch: fc.Arbitrary<Phrase | null> = fc.oneof(
      fc.constant(null),
      fc
        .tuple(fc.constantFrom('=', '<', '<=', '>', '>='), fc.constantFrom('a1', 'b', 'd'))
        .map(([by, v]) => phrase(v, (alias) => `${range} ${by} ${alias}`)),
      fc.constantFrom('a', 'b', 'd').map((v) => phrase(v, (alias) => `begins_with(${range}, ${alias})`)),
      fc.tuple(fc.constantFrom('a', 'a1'), fc.constantFrom('a1', 'd')).map(([from, to]) => {
        const [low, high] = [phrase(from, (alias) => alias), phrase(to, (alias) => alias)];
        return join([low, high], ([a, b]) => `${range} BETWEEN ${a} AND ${b}`);
      }),
    );
    const more = fc.record({
      ScanIndexForward: fc.boolean(),
      Limit: fc.constantFrom(undefined, 1, 2, 3, 100),
      Select: fc.constantFrom(undefined, 'COUNT' as const),
      only: fc.boolean(),
    });
    return fc
      .tuple(fc.constantFrom(...partitions), stretch, more)
      .map(([of, sortKey, { only, Limit, Select, ScanIndexForward }]) => {
        const first = phrase(of, (alias) => `${hash} = ${alias}`);
        const parts = [first, ...(sortKey ? [sortKey] : [])];
        const projection = only && Select === undefined ? { text: '#sk, #n', values: {} } : null;
        return new QueryCommand({
          TableName,
          ...index,
          KeyConditionExpression: parts.map(({ text }) => text).join(' AND '),
          ...(projection ? { ProjectionExpression: projection.text } : {}),
          ...aliased(...parts, projection),
          ScanIndexForward,
          ...(Limit ? { Limit } : {}),
          ...(Select ? { Select } : {}),
        });
      });
  });

/** So that there is something to meet: rows in both partitions, most of them in the index too. */
export const rowsFirst = (TableName: string): fc.Arbitrary<readonly Command[]> =>
  fc
    .uniqueArray(fc.tuple(key, attributes), {
      minLength: 8,
      maxLength: 12,
      selector: ([one]) => JSON.stringify(one),
    })
    .map((rows) =>
      rows.map(([one, more]) => new PutItemCommand({ TableName, Item: marshall({ ...one, ...more }) })),
    );

export const commandOf = (TableName: string): fc.Arbitrary<Command> =>
  fc.oneof(
    { weight: 4, arbitrary: putOf(TableName).map((input) => new PutItemCommand(input)) },
    { weight: 1, arbitrary: deleteOf(TableName).map((input) => new DeleteItemCommand(input)) },
    {
      weight: 4,
      arbitrary: updateOf(TableName).map(
        (input) => new UpdateItemCommand({ ...input, ReturnValues: 'ALL_NEW' }),
      ),
    },
    {
      weight: 3,
      arbitrary: fc
        .array(transactItem(TableName), { minLength: 1, maxLength: 4 })
        .map((TransactItems) => new TransactWriteItemsCommand({ TransactItems })),
    },
    {
      weight: 1,
      arbitrary: key.map(
        (one) => new GetItemCommand({ TableName, Key: marshall(one), ConsistentRead: true }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.array(key, { minLength: 1, maxLength: 5 }).map(
        (keys) =>
          new BatchGetItemCommand({
            RequestItems: { [TableName]: { Keys: keys.map((one) => marshall(one)), ConsistentRead: true } },
          }),
      ),
    },
    { weight: 3, arbitrary: query(TableName) },
  );
