/** Bundles `kt` into a package without dependencies. `node scripts/build-kt.ts` fills `dist/kt`. */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { licensesOf } from './kt/licenses.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = 'kt.mjs';
const SCHEMA = 'schemas/policy-config.json';

/** Bundled CommonJS packages call `require` for Node's own modules, which ES modules do not have. */
const REQUIRE =
  "import{createRequire as kt_createRequire}from'node:module';const require=kt_createRequire(import.meta.url);";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: { readonly node: string };
}

/** Returns what went into which file. What a command needs for itself is a file that only this command loads. */
export async function buildKt(outdir: string): Promise<Metafile> {
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [{ in: 'cli/kt.ts', out: 'kt' }],
    outdir,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    inject: [join(ROOT, 'scripts/kt/node-20.ts')],
    metafile: true,
    logLevel: 'warning',
  });
  await writeFile(join(outdir, 'THIRD-PARTY-LICENSES.txt'), await licensesOf(metafile, ROOT));
  await copyFile(join(ROOT, 'LICENSE'), join(outdir, 'LICENSE'));
  await copyFile(join(ROOT, 'cli/README.md'), join(outdir, 'README.md'));
  await copySchema(outdir);
  await writeManifest(outdir);
  return metafile;
}

async function copySchema(outdir: string): Promise<void> {
  const target = join(outdir, SCHEMA);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(join(ROOT, SCHEMA), target);
}

async function writeManifest(outdir: string): Promise<void> {
  const root: Manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const { name, version, description, license, engines } = root;
  const manifest = {
    name,
    version,
    description,
    license,
    type: 'module',
    bin: { kt: ENTRY },
    engines,
    files: [ENTRY, 'chunks', 'schemas', 'THIRD-PARTY-LICENSES.txt'],
  };
  await writeFile(join(outdir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

if (import.meta.main) {
  const { outputs } = await buildKt(join(ROOT, 'dist/kt'));
  for (const [path, { bytes }] of Object.entries(outputs)
    .sort(([, a], [, b]) => b.bytes - a.bytes)
    .slice(0, 8))
    console.log(`${path.padEnd(48)} ${(bytes / 1024).toFixed(1)} KB`);
}
