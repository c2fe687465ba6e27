/** The licenses of what a bundle took in: they ask to be passed on with it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Each text once, under the packages it is of. Throws for a package that says nothing: somebody must look. */
export async function licensesOf({ inputs }: Metafile, root: string): Promise<string> {
  const folders = new Set<string>();
  for (const path of Object.keys(inputs)) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
    if (folder !== undefined) folders.add(folder);
  }
  const packages = new Map<string, string[]>();
  for (const folder of [...folders].sort()) {
    const { title, text } = await licenseOf(join(root, folder));
    packages.set(text, [...(packages.get(text) ?? []), title]);
  }
  const parts = [...packages].map(([text, titles]) => `${'='.repeat(80)}\n${titles.join('\n')}\n\n${text}\n`);
  return `kt contains these packages.\n\n${parts.join('\n')}`;
}

async function licenseOf(folder: string): Promise<{ title: string; text: string }> {
  const manifest: { name: string; version: string; license?: string } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  );
  const file = (await readdir(folder)).find((name) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(name));
  const title = `${manifest.name} ${manifest.version}`;
  if (file !== undefined) return { title, text: (await readFile(join(folder, file), 'utf8')).trim() };
  if (manifest.license === undefined) throw new Error(`${title} says nothing about its license`);
  return { title, text: `License: ${manifest.license}` };
}
