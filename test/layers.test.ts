/** The layering rule: who may import whom. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['functions', 'lib', 'infra', 'local', 'cli', 'gateway', 'scripts'];

interface Import {
  readonly from: string;
  /** A path from the root, or the name of a package. */
  readonly to: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\s)(?:import|export)\s[^;]*?from '([^']+)'|import\('([^']+)'\)|^import '([^']+)'/gm,
  );
  return [...found].map(([, a, b, c]) => {
    const name = a ?? b ?? c ?? '';
    return { from: file, to: name.startsWith('.') ? normalize(join(dirname(file), name)) : name };
  });
}

const files = SOURCES.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => relative(ROOT, join(ROOT, folder, name))),
);
const imports = files.flatMap(importsOf);

/** For each layer, what of the project it may import beside itself. */
const MAY_IMPORT: readonly (readonly [layer: string, allowed: readonly string[]])[] = [
  ['lib/domain/', []],
  ['lib/policy/', ['lib/domain/']],
  ['lib/providers/', ['lib/domain/']],
  ['lib/git/', ['lib/domain/']],
  ['lib/ports.ts', ['lib/domain/']],
  ['lib/config.ts', []],
  ['lib/log.ts', []],
  ['lib/pipeline/', ['lib/domain/', 'lib/policy/', 'lib/providers/', 'lib/ports.ts', 'lib/log.ts']],
  [
    'lib/api/',
    [
      'lib/domain/',
      'lib/policy/',
      'lib/providers/',
      'lib/git/',
      'lib/pipeline/',
      'lib/ports.ts',
      'lib/log.ts',
    ],
  ],
  ['lib/aws/', ['lib/domain/', 'lib/ports.ts']],
  [
    'cli/',
    [
      'lib/domain/',
      'lib/policy/',
      // Bootstrap alone: see below.
      'lib/aws/',
      'lib/pipeline/manage/tokens.ts',
      'gateway/engine/',
      'gateway/agent/',
      'gateway/proxy/',
      'gateway/events/',
      'lib/log.ts',
      'local/lock.ts',
    ],
  ],
  ['gateway/engine/', ['lib/domain/', 'lib/policy/']],
  ['gateway/agent/', ['lib/domain/', 'lib/policy/', 'lib/log.ts', 'local/lock.ts']],
  ['gateway/limits/', ['gateway/engine/']],
  [
    'gateway/proxy/',
    [
      'gateway/engine/',
      'gateway/limits/',
      'gateway/agent/target.ts',
      'gateway/agent/durable.ts',
      'gateway/agent/files.ts',
      'lib/domain/',
      'lib/policy/',
      'lib/providers/same-secret.ts',
      'lib/log.ts',
    ],
  ],
  [
    'gateway/events/',
    [
      'gateway/engine/request.ts',
      'gateway/agent/exchange.ts',
      'gateway/agent/pause.ts',
      'lib/domain/',
      'lib/providers/same-secret.ts',
      'lib/log.ts',
    ],
  ],
  ['infra/', ['lib/config.ts', 'lib/aws/table.ts', 'cdk.json']],
];

const isOwn = ({ to }: Import) => /^(functions|lib|infra|local|cli|gateway|scripts|test|cdk\.json)/.test(to);

describe('layers', () => {
  it.each(MAY_IMPORT)('%s imports nothing it must not know', (layer, allowed) => {
    const own = imports.filter(({ from }) => from.startsWith(layer));
    expect(files.some((file) => file.startsWith(layer))).toBe(true);
    const wrong = own
      .filter(isOwn)
      .filter(({ to }) => ![layer, ...allowed].some((prefix) => to.startsWith(prefix)));
    expect(wrong).toEqual([]);
  });

  it('only the AWS adapters, the wiring and the local stack touch the AWS SDK', () => {
    const touching = imports.filter(({ to }) => to.startsWith('@aws-sdk/')).map(({ from }) => from);
    const allowed =
      /^(lib\/aws\/|scripts\/demo|functions\/[a-z-]+\/index\.ts|local\/|cli\/|gateway\/agent\/sqs\.ts$)/;
    expect(touching.filter((file) => !allowed.test(file))).toEqual([]);
    expect(touching).not.toEqual([]);
  });

  it('of the command line only bootstrap reaches past the API', () => {
    const reaching = imports.filter(
      ({ from, to }) => from.startsWith('cli/') && /^(@aws-sdk\/|lib\/(aws|pipeline)\/)/.test(to),
    );
    expect([...new Set(reaching.map(({ from }) => from))].toSorted()).toEqual([
      'cli/bootstrap.ts',
      'cli/run-bootstrap.ts',
    ]);
  });

  it('the environment is read at the entries only', () => {
    const reading = files.filter((file) => /process\.env[.[,)]/.test(readFileSync(join(ROOT, file), 'utf8')));
    const entries = /^(functions\/[a-z-]+\/index\.ts|local\/main\.ts|cli\/.*|scripts\/.*|infra\/app\.ts)$/;
    expect(reading.filter((file) => !entries.test(file))).toEqual([]);
  });

  it('the functions start no process', () => {
    const starting = imports.filter(
      ({ from, to }) => /child_process/.test(to) && /^(lib|functions)\//.test(from),
    );
    expect(starting).toEqual([]);
  });

  it('secrets are compared in one place', () => {
    const comparing = files.filter((file) => /timingSafeEqual/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(comparing).toEqual(['lib/providers/same-secret.ts']);
  });
});
