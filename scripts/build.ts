/** Bundles the functions: one esbuild run, one `index.mjs` each. `node scripts/build.ts` fills `dist/functions`. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const NAMES = ['webhook', 'poll', 'sync', 'fan-out', 'api'] as const;
export type FunctionName = (typeof NAMES)[number];

/** Bytes. A cold start reads and compiles the whole bundle, and a git host is waiting for the webhook's answer. */
const LIMITS: Partial<Record<FunctionName, number>> = { webhook: 400 * 1024 };

/** Bundled CommonJS packages call `require` for Node's own modules, which ES modules do not have. */
const REQUIRE =
  "import{createRequire as kt_createRequire}from'node:module';const require=kt_createRequire(import.meta.url);";

/** Packages that try a native module fall back when it is missing; one built for this machine is wrong on Lambda. */
const withoutNativeModules: Plugin = {
  name: 'without-native-modules',
  setup: ({ onResolve }) => onResolve({ filter: /\.node$/ }, ({ path }) => ({ path, external: true })),
};

/**
 * The SDK carries clients for signing in with SSO, profiles, processes and metadata services, a quarter of a bundle.
 * Functions have credentials in their environment, on Lambda and on one machine, so the rest says just that.
 */
const credentialsFromEnvironmentOnly: Plugin = {
  name: 'credentials-from-environment-only',
  setup({ onResolve, onLoad }) {
    const filter = /^@(aws-sdk|smithy)\/credential-provider-(http|imds|ini|login|process|sso|web-identity)$/;
    const namespace = 'no-credentials';
    onResolve({ filter }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, namespace } : undefined));
    onLoad({ filter, namespace }, () => ({
      contents: "throw new Error('no credentials in the environment, and functions look nowhere else')",
    }));
  },
};

/**
 * Git and SSH are spoken here, never run: what is not in a bundle cannot be made to start a program. ssh2 would for
 * agents that keep keys on a desk, which functions do not have.
 */
const withoutProcesses: Plugin = {
  name: 'without-processes',
  setup({ onResolve, onLoad }) {
    const namespace = 'no-processes';
    onResolve({ filter: /^(node:)?child_process$/ }, () => ({ path: 'no-processes', namespace }));
    onLoad({ filter: /./, namespace }, () => ({ contents: 'module.exports = {};' }));
  },
};

export interface BuildOptions {
  /** The folder that holds one folder per function, each with its `index.ts`. */
  readonly sources?: string;
  readonly limits?: Partial<Record<FunctionName, number>>;
}

/** Returns the bytes of each bundle. Throws when a source does not build or a bundle is over its limit. */
export async function buildFunctions(
  outdir: string,
  { sources = join(ROOT, 'functions'), limits = LIMITS }: BuildOptions = {},
): Promise<Readonly<Record<FunctionName, number>>> {
  const metafile = await bundleFunctions(outdir, sources);
  const sizes = bundleSizes(metafile);
  for (const name of NAMES) {
    const limit = limits[name] ?? Number.POSITIVE_INFINITY;
    if (sizes[name] > limit)
      throw new Error(
        `${name}: ${kilobytes(sizes[name])} is over ${kilobytes(limit)}; ${heaviest(metafile, name)}`,
      );
  }
  return sizes;
}

/** As `buildFunctions`, without limits; returns what went into each bundle. */
export async function bundleFunctions(
  outdir: string,
  sources: string = join(ROOT, 'functions'),
): Promise<Metafile> {
  await Promise.all(NAMES.map((name) => rm(join(outdir, name), { recursive: true, force: true })));
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: NAMES.map((name) => ({ in: join(sources, name, 'index.ts'), out: join(name, 'index') })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // ES modules first: only they can be shaken.
    mainFields: ['module', 'main'],
    treeShaking: true,
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: REQUIRE },
    // For the same packages: a bundle is one file, and none beside it is looked for.
    define: { __dirname: '"/"', __filename: '"/index.mjs"' },
    plugins: [withoutNativeModules, withoutProcesses, credentialsFromEnvironmentOnly],
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

function bundleSizes({ outputs }: Metafile): Record<FunctionName, number> {
  const bytes = (name: FunctionName) => outputOf(outputs, name)?.bytes ?? 0;
  return {
    webhook: bytes('webhook'),
    poll: bytes('poll'),
    sync: bytes('sync'),
    'fan-out': bytes('fan-out'),
    api: bytes('api'),
  };
}

function outputOf(outputs: Metafile['outputs'], name: FunctionName) {
  return Object.entries(outputs).find(([path]) => path.endsWith(`${name}/index.mjs`))?.[1];
}

/** Bytes of a bundle by package, the heaviest first. */
export function packagesIn(
  { outputs }: Metafile,
  name: FunctionName,
): readonly (readonly [string, number])[] {
  const weights = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(outputOf(outputs, name)?.inputs ?? {})) {
    weights.set(ownerOf(path), (weights.get(ownerOf(path)) ?? 0) + bytesInOutput);
  }
  return [...weights].sort(([, a], [, b]) => b - a);
}

/** The package that a source file is of. */
export function ownerOf(path: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'own code';
}

/** Where to look when a bundle is too big. */
function heaviest(metafile: Metafile, name: FunctionName): string {
  const top = packagesIn(metafile, name).slice(0, 3);
  return top.map(([owner, bytes]) => `${owner} ${kilobytes(bytes)}`).join(', ');
}

const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;

if (import.meta.main) {
  const sizes = await buildFunctions(join(ROOT, 'dist/functions'));
  for (const [name, bytes] of Object.entries(sizes)) console.log(`${name.padEnd(8)} ${kilobytes(bytes)}`);
}
