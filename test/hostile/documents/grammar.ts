/** Hostile documents: bytes that somebody could commit as a policy to hurt whoever reads it. */
import { readdirSync, readFileSync } from 'node:fs';
import { GITOPS, SAMPLE, SINGLE } from '../../policy/documents.ts';
import { FRAGMENTS } from '../../support/yaml-fragments.ts';
import type { Random } from '../random.ts';

export interface Hostile {
  readonly family: string;
  readonly bytes: Uint8Array;
}

type Family = (random: Random) => string | Uint8Array;

export function hostileDocument(random: Random): Hostile {
  const [family, make] = random.pick(FAMILIES);
  const made = make(random);
  return { family, bytes: typeof made === 'string' ? new TextEncoder().encode(made) : made };
}

const POLICIES = new URL('../../../examples/policies/', import.meta.url);

/** Documents that gateways run. */
export const GOOD: readonly string[] = [
  SAMPLE,
  GITOPS,
  SINGLE,
  ...readdirSync(POLICIES)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(new URL(name, POLICIES), 'utf8')),
];

const LARGEST = 256 * 1024;

/** Small as a rule, and now and then as large as a document may be, or a little larger. */
const manyOf = (unit: string, random: Random): string =>
  unit.repeat(Math.max(1, Math.floor(sizeOf(random) / Math.max(1, unit.length))));

function sizeOf(random: Random): number {
  if (random.chance(0.02)) return LARGEST - random.below(64);
  if (random.chance(0.005)) return LARGEST + 1 + random.below(64);
  return 2 ** random.below(13) + random.below(40);
}

const OPENERS = [
  '[',
  '{',
  '{a: ',
  '[a, ',
  '- ',
  '-\n',
  'a:\n',
  '? ',
  '?\n',
  ': ',
  '[{',
  '- [',
  '{"a": ',
  "['x', ",
  '- a: ',
  '!!seq [',
  '&a [',
  '[[',
  '{[',
  '"a": {',
  '- ? ',
  '{? ',
];
const CLOSERS: Readonly<Record<string, string>> = { '[': ']', '{': '}' };

function deep(random: Random): string {
  const units = Array.from({ length: 1 + random.below(3) }, () => random.pick(OPENERS));
  const depth = random.pick([8, 15, 16, 17, 30, 31, 32, 33, 34, 64, 100, 1_000, 5_000, 20_000]);
  const grows = random.chance(0.4);
  let text = '';
  for (let level = 0; level < depth && text.length < LARGEST; level++) {
    const unit = units[level % units.length] ?? '[';
    text += grows ? `\n${' '.repeat(level * random.pick([0, 1, 1, 2]))}${unit}` : unit;
  }
  if (random.chance(0.3)) return text;
  const closing = [...text]
    .reverse()
    .map((ch) => CLOSERS[ch] ?? '')
    .join('');
  return (
    text +
    random.pick(['', '1', 'a', '"', '\n']) +
    closing.slice(0, random.chance(0.2) ? random.below(closing.length + 1) : undefined)
  );
}

const ANCHORED = [
  (n: number) =>
    [
      'a0: &a0 [x,x,x,x,x,x,x,x,x]',
      ...Array.from({ length: n }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`),
    ].join('\n'),
  (n: number) => `a: &a [*a${', *a'.repeat(n)}]`,
  (n: number) => `a: &a {b: &b {c: *a, d: *b}}\n${'e: *a\n'.repeat(n)}`,
  (n: number) =>
    [
      'm0: &m0 {k: v}',
      ...Array.from({ length: n }, (_, i) => `m${i + 1}: &m${i + 1} {<<: *m${i}, k${i}: v}`),
    ].join('\n'),
  (n: number) =>
    `a: &x {k: 1}\nb: {<<: [${Array(n + 1)
      .fill('*x')
      .join(', ')}]}`,
  (n: number) => `${'&a '.repeat(n + 1)}x`,
  (n: number) => `<<: {${Array.from({ length: n + 1 }, (_, i) => `k${i}: {<<: {a: 1}}`).join(', ')}}`,
] as const;

const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'then',
  'toJSON',
  'length',
  '<<',
  '""',
  '"\\u005f_proto__"',
  "'__proto__'",
  '"__pr\\\n  oto__"',
  '? __proto__\n',
  'null',
  '~',
  'true',
  '1',
  '1.5',
  '.nan',
  '2001-01-01',
  '[a]',
  '{a: b}',
  '&k',
  '*k',
  '!!str k',
  '"\\ud800"',
  '"\\0"',
  '\u00a0',
  '\ufeffpack',
  'PACK',
  'pack ',
  'pа\u0441k',
  'x'.repeat(1_025),
  'pack',
];
const VALUES = [
  '{polluted: true}',
  '[polluted]',
  '1',
  'x',
  '',
  '|\n  x',
  '>+\n\n\n',
  '"\\x00"',
  '{"__proto__": {"polluted": 1}}',
  '{constructor: {prototype: {polluted: 1}}}',
  '.inf',
  '-.INF',
  '.nan',
  '0o777',
  '0x7fffffffffffffff',
  '1e999',
  '-1e-999',
  '1_000',
  '0b1',
  '1:30:00',
  '2026-13-45',
  '!!js/function "function(){}"',
  '!!js/regexp /(a+)+$/',
  '!!binary aGVsbG8=',
  '!!set {a}',
  '!!omap [a: 1]',
  '!!timestamp 2026-01-01',
  '!<tag:yaml.org,2002:str> x',
  '!local x',
  '!!float x',
  '!!int 1',
  '*a',
  '&a x',
  '"\\u202e"',
  '"\\ud83d"',
  '\ud83d\ude00',
  '"\\UFFFFFFFF"',
  '"\\q"',
  "'it''s'",
  '@x',
  '`x',
  '%x',
  '123456789012345678901234567890',
];

/** With what a policy document, or a parser of one, treats apart. */
const PIECES = [
  ...FRAGMENTS,
  '<<: ',
  '__proto__: ',
  '\ufeff',
  '\u0000',
  'pack:',
  'policy:',
  'policies: {chain: [',
  '~',
  '.nan',
];

const TEXTS: readonly ((random: Random) => string)[] = [
  (random) => `a: ${manyOf('x', random)}`,
  (random) => `a: "${manyOf('\\n', random)}"`,
  (random) => `a: "${manyOf('\\u0041', random)}`,
  (random) => `a: "${manyOf('\\', random)}"`,
  (random) => `a: '${manyOf("''", random)}'`,
  (random) => `a: |\n${manyOf(' ', random)}x\n`,
  (random) => `a: |${random.pick(['1', '9', '-', '+', '9+', '0', '10'])}\n${manyOf('  x\n', random)}`,
  (random) => `a: >\n${manyOf('\n', random)}  x\n${manyOf('  x\n\n', random)}`,
  (random) => `a: >\n${manyOf('  x\n   y\n', random)}`,
  (random) => `a: x\n${manyOf('  y\n', random)}`,
  (random) => `a: ${manyOf('x ', random)}\n`,
  (random) => `${manyOf(' ', random)}a: b`,
  (random) => `${manyOf('\t', random)}a: b`,
  (random) => `${manyOf('x', random)}: 1`,
  (random) => `"${manyOf('k', random)}": 1`,
  (random) => `a: "${manyOf('x\n\n  ', random)}"`,
  (random) =>
    manyOf(
      random.pick([
        '\n',
        '\r\n',
        ' \n',
        '# c\n',
        '#\n',
        '#'.repeat(100),
        ' #\n',
        '\t\n',
        '---\n',
        '...\n',
        '%YAML 1.2\n',
        '%TAG ! x\n',
        ',',
        ':',
        '-',
        '?',
        '|\n',
        '"',
        "'",
        '\\',
        '*',
        '&',
        '!',
        '%',
        '@',
        '`',
        '\u0085',
        '\ud83d\ude00',
      ]),
      random,
    ),
];

const WIDE = [
  'a,',
  '"a",',
  '[],',
  '{},',
  '{a: b},',
  '1,',
  '~,',
  "'',",
  '[a],',
  '{a},',
  'a: b,',
  '? ,',
  ',',
  '.nan,',
  'true,',
  '# c\n',
  ' a b c,',
  '"\\u0041",',
];

/** Lines of a good document, or its text, damaged in one to four places. */
function damaged(random: Random): string {
  let text = random.pick(GOOD);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const lines = text.split('\n');
    const at = random.below(lines.length);
    const line = lines[at] ?? '';
    const offset = random.below(text.length + 1);
    text = random.pick([
      () => lines.toSpliced(at, 1).join('\n'),
      () => lines.toSpliced(at, 0, line).join('\n'),
      () => lines.toSpliced(at, 1, ' '.repeat(random.below(6)) + line.trimStart()).join('\n'),
      () => lines.toSpliced(at, 1, line.replace(/:.*/, `: ${random.pick(VALUES)}`)).join('\n'),
      () => lines.toSpliced(at, 1, line.replace(/[\w-]+:/, `${random.pick(KEYS)}:`)).join('\n'),
      () => lines.toSpliced(at, 1, line.replace(/:.*/, `: ${deep(random).slice(0, 4_000)}`)).join('\n'),
      () =>
        lines
          .toSpliced(at, 0, `${/^ */.exec(line)?.[0] ?? ''}${random.pick(KEYS)}: ${random.pick(VALUES)}`)
          .join('\n'),
      () => text.slice(0, offset),
      () => text.slice(offset),
      () => text.slice(0, offset) + random.pick(PIECES) + text.slice(offset + random.below(3)),
      () => `${text}\n---\n${random.pick(GOOD)}`,
      () => text.replaceAll(/(\w+): /g, (all, name) => (random.chance(0.05) ? `${name}: &${name} ` : all)),
      () => text.replaceAll('\n', random.pick(['\r\n', '\r', '\n\n', '\n\t', '\u2028'])),
      () => text.replace(/ {2}/g, random.pick(['\t', ' ', '    '])),
    ])();
  }
  return text.slice(0, LARGEST);
}

function encoded(random: Random): Uint8Array {
  const text = random.chance(0.5) ? random.pick(GOOD) : damaged(random);
  const utf8 = Buffer.from(text);
  const at = random.below(utf8.length + 1);
  const put = (...bytes: number[]) =>
    Buffer.concat([utf8.subarray(0, at), Buffer.from(bytes), utf8.subarray(at)]);
  return random.pick([
    () => Buffer.from(`\ufeff${text}`, 'utf16le'),
    () => Buffer.from(text, 'utf16le').swap16(),
    () => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    () => Buffer.from([...text].flatMap((ch) => [0, 0, 0, ch.charCodeAt(0) & 0x7f])),
    () => Buffer.from(`${text}é`, 'latin1'),
    () => put(0),
    () => put(0xc0, 0xaf),
    () => put(0xe0, 0x80, 0xaf),
    () => put(0xed, 0xa0, 0x80),
    () => put(0xf4, 0x90, 0x80, 0x80),
    () => put(0xff),
    () => put(0xef, 0xbb, 0xbf),
    () => put(0x1b, 0x5b, 0x33, 0x31, 0x6d),
    () => put(0xe2, 0x80, 0xae),
    () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8]),
    () => utf8.subarray(0, at),
    () => Buffer.from(Array.from({ length: random.below(600) }, () => random.below(256))),
  ])();
}

const KINDS = [
  'prompt-injection',
  'pii-detector',
  'spend-limit',
  'audit-logger',
  'rbac',
  'dlp-filter',
  'tool-security',
  'agent-firewall',
  'human-oversight',
  'safety-filter',
  'spend-limt',
];
const SECTIONS = [
  'pack',
  'policies',
  'policy',
  'providers',
  'testing',
  'global_rate_limit',
  'size_limits',
  'ip_allowlist',
  'cors',
  'rate_limits',
  'includes',
  'routing',
];

/** A document in YAML beyond doubt, whose values are not what anybody asked for. */
function misshapen(random: Random): string {
  let left = random.pick([30, 100, 300, 5_000]);
  const value = (depth: number): unknown => {
    const kind = random.below(depth > 3 || left-- <= 0 ? 6 : 9);
    if (kind < 6)
      return random.pick([
        null,
        true,
        0,
        -1,
        1e300,
        '',
        'x',
        'a\nb',
        'x'.repeat(2_001),
        '(a+)+$',
        '\\p{L}{1000}',
        'sk-live-0000000000000000',
        'https://u:p@x',
        '10.0.0.0/33',
        '__proto__',
        ...KINDS,
      ]);
    const length = random.chance(0.02) ? 2_000 : random.below(6);
    if (kind === 6) return Array.from({ length }, () => value(depth + 2));
    return Object.fromEntries(
      Array.from({ length }, (_, i) => [
        random.chance(0.6)
          ? random.pick([
              ...KINDS,
              ...SECTIONS,
              'name',
              'version',
              'enabled',
              'chain',
              'action',
              'detect_patterns',
              'targets',
              'provider',
              'id',
              'model',
              'suites',
              'cases',
            ])
          : `k${i}${random.below(9)}`,
        value(depth + 1),
      ]),
    );
  };
  const document = {
    pack: random.chance(0.8) ? { name: 'x', version: '1.0.0', enabled: true } : value(0),
    policies: random.chance(0.8)
      ? { chain: Array.from({ length: 1 + random.below(4) }, () => random.pick(KINDS)) }
      : value(0),
    policy: Object.fromEntries(Array.from({ length: random.below(6) }, () => [random.pick(KINDS), value(0)])),
    ...Object.fromEntries(Array.from({ length: random.below(3) }, () => [random.pick(SECTIONS), value(0)])),
  };
  return JSON.stringify(document).slice(0, LARGEST);
}

/** Valid as YAML, and as large as a document may be: many of one thing that costs most to check. */
function broad(random: Random): string {
  const pack = 'pack: {name: x, version: 1.0.0, enabled: true}\n';
  const many = (unit: (i: number) => string, most = 30_000) => {
    const count = Math.min(most, random.pick([10, 10, 30, 100, 300, 3_000, 40_000]));
    let text = '';
    for (let i = 0; i < count && text.length < LARGEST - 400; i++) text += unit(i);
    return text;
  };
  return (
    pack +
    random.pick([
      () => `policies: {chain: [${many((i) => `spend-limt${i}, `)}]}`,
      () => `policies: {chain: [rbac]}\npolicy: {${many((i) => `promt-injection${i}: {}, `)}}`,
      () =>
        `policies: {chain: [pii-detector]}\npolicy:\n  pii-detector:\n    detect_patterns: [${many((i) => `'${random.pick(['(a|b){900}', '\\p{L}{500}', '(((a{10}){10}){9})', `[a-z]${i}`, '(?i)(x|y|z)+'])}', `)}]`,
      () => `policies: {chain: [rbac]}\n${many((i) => `key${i}: {}\n`)}`,
      () =>
        `policies: {chain: [rbac]}\nproviders:\n  targets:\n${many((i) => `    - {id: t${i % 7}, provider: openai, model: m${i}}\n`)}`,
      () =>
        `policies: {chain: [rbac]}\nproviders: {targets: [${many(() => random.pick(['1, ', '{}, ', '[], ', 'x, ']))}]}`,
      () =>
        `policies: {chain: [rbac]}\ntesting: {suites: [{name: a, cases: [${many((i) => `{name: c${i}, input: {messages: [{role: x, content: 1}]}}, `)}]}]}`,
      () => `policies: {chain: [${many(() => 'rbac, ')}]}`,
    ])()
  );
}

const FAMILIES: readonly (readonly [string, Family])[] = [
  ['damaged', damaged],
  ['damaged', damaged],
  ['good', (random) => `${random.pick(GOOD)}\n${manyOf('# c\n', random)}`],
  ['deep', deep],
  [
    'deep inside',
    (random) => `pack: {name: x, version: 1.0.0, enabled: true}\npolicies:\n  chain: ${deep(random)}`,
  ],
  ['anchors', (random) => random.pick(ANCHORED)(random.pick([0, 1, 3, 9, 100, 3_000]))],
  [
    'keys',
    (random) =>
      Array.from(
        { length: 1 + random.below(4) },
        () => `${' '.repeat(random.pick([0, 0, 2]))}${random.pick(KEYS)}: ${random.pick(VALUES)}`,
      ).join('\n'),
  ],
  ['keys inside', (random) => `${random.pick(GOOD)}\n${random.pick(KEYS)}: ${random.pick(VALUES)}\n`],
  ['soup', (random) => Array.from({ length: random.below(60) }, () => random.pick(PIECES)).join('')],
  [
    'soup inside',
    (random) =>
      `${random.pick(GOOD)}\nx: ${Array.from({ length: random.below(30) }, () => random.pick(PIECES)).join('')}`,
  ],
  ['texts', (random) => random.pick(TEXTS)(random)],
  [
    'wide',
    (random) =>
      `a: ${random.pick(['[', '{'])}${manyOf(random.pick(WIDE), random)}${random.pick([']', '}', ''])}`,
  ],
  [
    'documents',
    (random) =>
      manyOf(
        random.pick([
          '---\na: 1\n',
          '--- x\n',
          '...\n---\n',
          '---\n',
          '%YAML 1.1\n---\n',
          '--- |\n x\n',
          '--- {a: b}\n...\n',
        ]),
        random,
      ),
  ],
  ['encodings', encoded],
  ['misshapen', misshapen],
  ['misshapen', misshapen],
  ['broad', broad],
];
