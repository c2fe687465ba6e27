/** Tables of a template, as far as a call to one must be understood: their ARNs, and what their keys are called. */
import { tablesIn } from '../template/state.ts';
import { ACCOUNT, type Template } from '../template/template.ts';
import type { Place } from './dynamodb-requests.ts';

type Keys = readonly { readonly AttributeName: string; readonly KeyType: string }[];
const partition = (keys: Keys) => keys.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';

export function dynamoDbPlace(template: Template, region: string): Place {
  const names = new Map<string, string>();
  for (const table of tablesIn(template)) {
    const name = String(template.resolve({ Ref: table.id }));
    names.set(name, partition(table.KeySchema));
    for (const index of table.GlobalSecondaryIndexes)
      names.set(`${name}/${index.IndexName}`, partition(index.KeySchema));
  }
  return {
    tableArn: (name) => `arn:aws:dynamodb:${region}:${ACCOUNT}:table/${name}`,
    keyName: (table, index) => names.get(index === null ? table : `${table}/${index}`) ?? null,
  };
}
