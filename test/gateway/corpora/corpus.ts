/** A corpus: labelled texts for one detector, read from the files beside this one. `README.md` has their format. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Kind } from '../../../lib/policy/kinds.ts';

export const DETECTORS = [
  'prompt-injection',
  'pii-detector',
  'hipaa-phi-detector',
  'dlp-filter',
  'safety-filter',
  'entity-list-filter',
  'itar-ear-filter',
  'language-validator',
  'citation-verifier',
] as const satisfies readonly Kind[];
/** Kinds that look at tools and at who asks. Their corpora are measured by `tool-corpora.test.ts`. */
export const TOOL_KINDS = ['agent-firewall', 'tool-security', 'rbac'] as const satisfies readonly Kind[];
export type Detector = (typeof DETECTORS)[number];
export type Measurable = Detector | (typeof TOOL_KINDS)[number];

/**
 * `call`: the arguments of a tool call in the answer. `definition`: the description of a tool. `request`: JSON of the
 * `input` of a golden file.
 */
const SHAPES = [
  'user',
  'tool',
  'answer',
  'under-system',
  'exchange',
  'call',
  'definition',
  'request',
] as const;

/**
 * `held-out`: written before any result was looked at, and no single result in it used to improve the detector; `unseen`:
 * written when the detector was done, by the same hand, and measured as it was then.
 */
export const PARTS = ['development', 'held-out', 'unseen'] as const;
export type Part = (typeof PARTS)[number];

export interface Item {
  /** Whether the detector has to object. */
  readonly positive: boolean;
  readonly part: Part;
  /** What is in it: `email`. A detector that counts its finds by label has to find this one. */
  readonly label: string | null;
  readonly source: string;
  /** The block of the policy. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where the text stands in a request. */
  readonly shape: (typeof SHAPES)[number];
  /** One part; two for `under-system` and `exchange`. */
  readonly parts: readonly string[];
  /** `written/pii-detector.txt:12`. */
  readonly at: string;
}

const HEADER = z.strictObject({
  label: z.string().optional(),
  source: z.string().min(10),
  settings: z.string().default('default'),
  shape: z.enum(SHAPES).default('user'),
});
const SETTINGS = z.record(z.string(), z.unknown());

export function corpusOf(detector: Measurable): readonly Item[] {
  return ['written', 'generated'].flatMap((folder) => {
    const file = `${folder}/${detector}.txt`;
    const path = join(import.meta.dirname, file);
    return existsSync(path) ? parseCorpus(readFileSync(path, 'utf8'), file) : [];
  });
}

function parseCorpus(text: string, file: string): readonly Item[] {
  const settings = new Map<string, Item['settings']>([['default', {}]]);
  const items: Item[] = [];
  let section: Omit<Item, 'parts' | 'at'> | null = null;
  for (const [i, line] of text.split('\n').entries()) {
    const at = `${file}:${i + 1}`;
    const named = /^@settings (\S+) (.*)$/.exec(line);
    if (named?.[1] && named[2]) settings.set(named[1], SETTINGS.parse(JSON.parse(named[2])));
    else if (/^@(?:positive|negative)\b/.test(line)) section = parseHeader(line, settings, at);
    else if (line.trim() !== '') {
      if (!section) throw new Error(`${at}: a text before the first section`);
      const parts = line.split(' => ').map(unescaped);
      const two = section.shape === 'under-system' || section.shape === 'exchange';
      if (two && parts.length !== 2) throw new Error(`${at}: needs two parts`);
      items.push({ ...section, parts: two ? parts : [unescaped(line)], at });
    }
  }
  return items;
}

/** `@positive held-out | label=email | source=written for this project | settings=block | shape=tool` */
function parseHeader(line: string, settings: ReadonlyMap<string, Item['settings']>, at: string) {
  const [first = '', ...fields] = line.slice(1).split(' | ');
  const [truth, named = 'development'] = first.trim().split(' ');
  const part = PARTS.find((each) => each === named);
  if ((truth !== 'positive' && truth !== 'negative') || !part)
    throw new Error(`${at}: a section is positive or negative, and of a part that is known`);
  const header = HEADER.parse(
    Object.fromEntries(
      fields.map((field) => {
        const equals = field.indexOf('=');
        return [field.slice(0, equals), field.slice(equals + 1)];
      }),
    ),
  );
  const block = settings.get(header.settings);
  if (!block) throw new Error(`${at}: no settings of that name`);
  return {
    positive: truth === 'positive',
    part,
    label: header.label ?? null,
    source: header.source,
    settings: block,
    shape: header.shape,
  };
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(?:u\{([0-9a-f]{1,6})\}|([nt\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex
      ? String.fromCodePoint(Number.parseInt(hex, 16))
      : letter === 'n'
        ? '\n'
        : letter === 't'
          ? '\t'
          : '\\',
  );

/** A text as a line of a corpus: what a line cannot hold, and what nobody can see, is written out. */
export const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll(
      /[\p{Cf}\p{Cc}\p{Co}\p{Zl}\p{Zp}\u00a0\u2007\u202f]/gu,
      (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`,
    );
