/** Copies what `kt` is built from, with a manifest and a lockfile of just the packages that takes: `npm ci` there is seconds. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = [
  'LICENSE',
  'cli',
  'gateway',
  'lib',
  'local/lock.ts',
  'local/process.ts',
  'schemas',
  'scripts',
];
const PACKAGES = [
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-sqs',
  '@aws-sdk/util-dynamodb',
  'commander',
  'esbuild',
  're2js',
  'yaml',
  'zod',
];

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, Locked>>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly type: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Fails where the destination is there: what is in it may be anything. */
export async function cutInstall(destination: string): Promise<void> {
  await mkdir(destination);
  for (const source of SOURCES)
    if (existsSync(join(ROOT, source)))
      await cp(join(ROOT, source), join(destination, source), { recursive: true });
  const { manifest, lockfile } = cut(
    JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')),
    JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')),
  );
  await writeFile(join(destination, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(destination, 'package-lock.json'), `${JSON.stringify(lockfile, null, 2)}\n`);
}

/** The same versions and the same integrity: nothing is resolved anew. */
function cut(manifest: Manifest, lockfile: Lockfile): { manifest: Manifest; lockfile: Lockfile } {
  const dependencies = Object.fromEntries(
    PACKAGES.map((name) => {
      const version = manifest.dependencies[name];
      if (version === undefined) throw new Error(`${name} is no dependency of this project any more`);
      return [name, version];
    }),
  );
  const kept = new Set<string>();
  const pending = PACKAGES.map((name) => ({ from: '', name }));
  for (const { from, name } of pending) {
    const path = resolved(lockfile, from, name);
    if (path === null || kept.has(path)) continue;
    kept.add(path);
    const { dependencies, optionalDependencies } = lockfile.packages[path] ?? {};
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies }))
      pending.push({ from: path, name: next });
  }
  const { name, version, description, license, type, engines } = manifest;
  const packages = Object.entries(lockfile.packages).filter(([path]) => kept.has(path));
  return {
    manifest: { name, version, description, license, type, engines, dependencies },
    lockfile: { ...lockfile, packages: { '': { dependencies }, ...Object.fromEntries(packages) } },
  };
}

/** As Node looks for it, from the folder of a package upwards; null for what is for other systems only. */
function resolved({ packages }: Lockfile, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === '') return null;
  }
}

if (import.meta.main) {
  const [destination] = process.argv.slice(2);
  if (destination === undefined) throw new Error('cut-install.ts DESTINATION');
  await cutInstall(destination);
}
