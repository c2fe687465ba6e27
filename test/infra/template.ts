/** A synthesized template for assertions: stub functions in, resources out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Synthesized, synth } from '../../infra/synth.ts';
import { parseTemplate, type Resource, type Template } from '../support/template.ts';

export const FUNCTIONS = ['webhook', 'poll', 'sync', 'fan-out', 'api'] as const;

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

export function ofType({ Resources }: Template, type: string): [string, Resource][] {
  return Object.entries(Resources).filter(([, resource]) => resource.Type === type);
}

export function resource({ Resources }: Template, id: string): Resource {
  const found = Resources[id];
  if (!found) throw new Error(`no resource ${id}: there are ${Object.keys(Resources).join(', ')}`);
  return found;
}
