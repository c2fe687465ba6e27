/** Figures: medians, percentiles, and the table in which targets and measurements meet. */

export interface Figure {
  readonly what: string;
  /** Null for what was not measured. */
  readonly value: number | null;
  readonly unit: string;
  readonly measured: string;
  /** Null for a figure that is only there to compare with. */
  readonly target: string | null;
  readonly ok: boolean | null;
}

/** The smallest value that at least `share` of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]) => percentile(values, 0.5);

/** A measurement that must not exceed `most`. */
export function atMost(what: string, value: number, most: number, unit: string): Figure {
  return {
    what,
    value,
    unit,
    measured: written(value, unit),
    target: `≤ ${most}${spaced(unit)}`,
    ok: value <= most,
  };
}

/** A measurement that must reach `least`. */
export function atLeast(what: string, value: number, least: number, unit: string): Figure {
  const target = `≥ ${least}${spaced(unit)}`;
  return { what, value, unit, measured: written(value, unit), target, ok: value >= least };
}

export function plain(what: string, value: number, unit: string): Figure {
  return { what, value, unit, measured: written(value, unit), target: null, ok: null };
}

/** Said rather than left out. */
export function notMeasured(what: string, why: string): Figure {
  return { what, value: null, unit: '', measured: why, target: null, ok: null };
}

function written(value: number, unit: string): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${spaced(unit)}`;
}

const spaced = (unit: string) => (unit === '' ? '' : ` ${unit}`);

export function printFigures(title: string, figures: readonly Figure[]): void {
  const width = Math.max(...figures.map(({ what }) => what.length));
  console.log(`\n${title}`);
  for (const { what, measured, target, ok } of figures) {
    const verdict = ok === null ? '' : ok ? 'ok' : 'ABOVE TARGET';
    console.log(`  ${what.padEnd(width)}  ${measured.padStart(11)}  ${(target ?? '').padEnd(12)} ${verdict}`);
  }
}
