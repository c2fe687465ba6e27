/** A synthesized template for assertions: stub functions in, resources out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Synthesized, synth } from '../../infra/synth.ts';

export const FUNCTIONS = ['webhook', 'poll', 'sync', 'fan-out', 'api'] as const;

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

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Removed when the file is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kt-infra-'));
  folders.push(folder);
  return folder;
}

/** A folder per function with an `index.mjs`, as a build leaves them. */
export function stubFunctions(): string {
  const assets = temporaryFolder();
  for (const name of FUNCTIONS) {
    mkdirSync(join(assets, name));
    writeFileSync(join(assets, name, 'index.mjs'), `export const handler = () => '${name}';\n`);
  }
  return assets;
}

export async function synthesize(check: boolean): Promise<Synthesized & { template: Template }> {
  const synthesized = await synth({ assets: stubFunctions(), outdir: temporaryFolder(), check });
  return { ...synthesized, template: parseTemplate(synthesized.templateFile) };
}

function parseTemplate(file: string): Template {
  return JSON.parse(readFileSync(file, 'utf8')) as Template;
}

export function ofType({ Resources }: Template, type: string): [string, Resource][] {
  return Object.entries(Resources).filter(([, resource]) => resource.Type === type);
}

export function resource({ Resources }: Template, id: string): Resource {
  const found = Resources[id];
  if (!found) throw new Error(`no resource ${id}: there are ${Object.keys(Resources).join(', ')}`);
  return found;
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
