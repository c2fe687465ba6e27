/** Figures: how well the detectors do on their corpora, as counted last time, and as a table. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { DETECTORS, PARTS, type Part } from './corpus.ts';
import { type Counts, measure, precision, recall } from './measure.ts';

const COUNTS = z.strictObject({
  found: z.int().min(0),
  missed: z.int().min(0),
  wrong: z.int().min(0),
  right: z.int().min(0),
});
const FIGURES = z.record(
  z.enum(DETECTORS),
  z.strictObject({ development: COUNTS, 'held-out': COUNTS, unseen: COUNTS }),
);
export type Figures = z.output<typeof FIGURES>;

const FILE = join(import.meta.dirname, 'figures.json');

export const recordedFigures = (): Figures => FIGURES.parse(JSON.parse(readFileSync(FILE, 'utf8')));

export const recordFigures = (figures: Figures): void =>
  writeFileSync(FILE, `${JSON.stringify(figures, null, 2)}\n`);

export const measuredFigures = (): Figures =>
  FIGURES.parse(Object.fromEntries(DETECTORS.map((detector) => [detector, measure(detector).parts])));

/** Markdown: a row for each detector and part. */
export function tableOf(figures: Figures): string {
  const rows = DETECTORS.flatMap((detector) => {
    const parts = figures[detector];
    const all = PARTS.map((part) => [part, parts[part]] as const);
    return [...all, ['all', sumOf(Object.values(parts))] as const].map(([part, counts]) =>
      rowOf(detector, part, counts),
    );
  });
  return [
    '| detector | part | found of positives | objected to of negatives | precision | recall |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function rowOf(detector: string, part: Part | 'all', counts: Counts): string {
  const { found, missed, wrong, right } = counts;
  const cells = [
    `\`${detector}\``,
    part,
    `${found} / ${found + missed}`,
    `${wrong} / ${wrong + right}`,
    precision(counts).toFixed(3),
    recall(counts).toFixed(3),
  ];
  return `| ${cells.join(' | ')} |`;
}

function sumOf(all: readonly Counts[]): Counts {
  const sum = (key: keyof Counts) => all.reduce((total, counts) => total + counts[key], 0);
  return { found: sum('found'), missed: sum('missed'), wrong: sum('wrong'), right: sum('right') };
}
