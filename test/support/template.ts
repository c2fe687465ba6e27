/** A synthesized template, as tests read it: free-form, and intrinsic values as words. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Free-form, as JSON is: the assertions say what they expect of it. */
export type Properties = ReturnType<typeof JSON.parse>;

export interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly Condition?: string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters: Readonly<Record<string, Properties>>;
  readonly Outputs: Readonly<Record<string, Properties>>;
}

export function parseTemplate(file: string): Template {
  return JSON.parse(readFileSync(file, 'utf8')) as Template;
}

/** The one in a folder that CDK wrote. */
export function templateIn(outdir: string): Template {
  const file = readdirSync(outdir).find((entry) => entry.endsWith('.template.json'));
  if (file === undefined) throw new Error(`no template in ${outdir}`);
  return parseTemplate(join(outdir, file));
}

/** An intrinsic value as one word: `Table`, `Table/index/list`, `arn:…`. */
export function word(value: Properties): string {
  if (typeof value === 'string') return value;
  if (value.Ref) return value.Ref;
  if (value['Fn::GetAtt']) return value['Fn::GetAtt'][0];
  if (value['Fn::Join']) return value['Fn::Join'][1].map(word).join(value['Fn::Join'][0]);
  throw new Error(`what is ${JSON.stringify(value)}?`);
}

export const list = (value: Properties): Properties[] => (Array.isArray(value) ? value : [value]);
