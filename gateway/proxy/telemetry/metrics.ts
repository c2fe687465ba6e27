/** Metrics in the text format of Prometheus (0.0.4). What clients choose makes a bounded number of series. */

type Labels = Readonly<Record<string, string>>;

/** Of one metric, before what clients choose is counted as `other`, and before everything is. */
const MAX_CHOSEN = 500;
const MAX_SERIES = 1000;
const OTHER = 'other';
/** The label that clients choose. */
const CHOSEN = 'model';

/** Seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

const NAMES = {
  requests: [
    'keeptrusts_gateway_requests_total',
    'Requests for completions, by what they were answered with.',
  ],
  evaluations: ['keeptrusts_gateway_policy_evaluations_total', 'What policies said, by policy.'],
  tokens: [
    'keeptrusts_gateway_tokens_total',
    'Tokens in and out, as providers count them or else estimated.',
  ],
  reloads: ['keeptrusts_gateway_config_reloads_total', 'Policy documents that were loaded, or refused.'],
} as const;

export type Counter = keyof typeof NAMES;

export class Metrics {
  readonly #counters = new Map<Counter, Map<string, number>>();
  readonly #durations = new Map<string, { readonly counts: number[]; sum: number; count: number }>();

  count(counter: Counter, labels: Labels, by = 1): void {
    const series = this.#counters.get(counter) ?? new Map<string, number>();
    this.#counters.set(counter, series);
    const key = bounded(series, labels);
    series.set(key, (series.get(key) ?? 0) + by);
  }

  took(provider: string, seconds: number): void {
    const key = bounded(this.#durations, { provider });
    const known = this.#durations.get(key) ?? { counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#durations.set(key, known);
    for (const [i, most] of BUCKETS.entries())
      if (seconds <= most) known.counts[i] = (known.counts[i] ?? 0) + 1;
    known.sum += seconds;
    known.count++;
  }

  total(counter: Counter): number {
    return [...(this.#counters.get(counter)?.values() ?? [])].reduce((sum, each) => sum + each, 0);
  }

  /** `gauges`: what is known elsewhere, at this moment. */
  text(gauges: readonly Gauge[]): string {
    const lines: string[] = [];
    for (const [counter, series] of this.#counters) {
      const [name, help] = NAMES[counter];
      lines.push(
        ...head(name, 'counter', help),
        ...[...series].map(([labels, value]) => `${name}${labels} ${value}`),
      );
    }
    const duration = 'keeptrusts_gateway_request_duration_seconds';
    lines.push(
      ...head(
        duration,
        'histogram',
        'How long requests took, from their first byte to the last of the answer.',
      ),
    );
    for (const [labels, { counts, sum, count }] of this.#durations) {
      const with_ = (le: string) => labels.replace(/\}$/, `,le="${le}"}`);
      lines.push(...BUCKETS.map((most, i) => `${duration}_bucket${with_(String(most))} ${counts[i]}`));
      lines.push(
        `${duration}_bucket${with_('+Inf')} ${count}`,
        `${duration}_sum${labels} ${sum}`,
        `${duration}_count${labels} ${count}`,
      );
    }
    for (const { name, help, type = 'gauge', values } of gauges) {
      lines.push(...head(name, type, help));
      lines.push(...values.map(([labels, value]) => `${name}${labelText(labels)} ${value}`));
    }
    return `${lines.join('\n')}\n`;
  }
}

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly type?: 'gauge' | 'counter';
  readonly values: readonly (readonly [Labels, number])[];
}

/** Whoever asks for a thousand models must not hide from an alert which provider answers with 502. */
function bounded(series: ReadonlyMap<string, unknown>, labels: Labels): string {
  const fits = (text: string, most: number) => series.has(text) || series.size < most;
  const key = labelText(labels);
  if (fits(key, CHOSEN in labels ? MAX_CHOSEN : MAX_SERIES)) return key;
  const less = labelText(CHOSEN in labels ? { ...labels, [CHOSEN]: OTHER } : labels);
  if (fits(less, MAX_SERIES)) return less;
  return labelText(Object.fromEntries(Object.keys(labels).map((name) => [name, OTHER])));
}

const head = (name: string, type: string, help: string) => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value
        .slice(0, 200)
        .toWellFormed()
        .replaceAll(/[\\"\n]/g, (each) => ESCAPES[each] ?? each)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
