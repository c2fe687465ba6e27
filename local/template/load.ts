/** The one stack template in a CDK output folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Throws when there is none, or more than one and nothing to tell which. */
export function loadTemplate(outdir: string): unknown {
  const found = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
  const [only, ...others] = found;
  if (only === undefined) throw new Error(`no *.template.json in ${outdir}: run synth first`);
  if (others.length > 0) throw new Error(`more than one stack in ${outdir}: ${found.join(', ')}`);
  return JSON.parse(readFileSync(join(outdir, only), 'utf8'));
}
