/** Tables: what `npm run cost` prints, and docs/cost.md shows between its markers. */
import type { Flows } from './flows.ts';
import { billOf, costOf, type Installation, installation, ratesOf } from './model.ts';

const SIZES = [10, 1_000, 100_000] as const;

/** Tables by the name of their marker. */
export function tablesOf(flows: Flows): Readonly<Record<string, string>> {
  return { units: units(flows), bill: bill(flows), rates: rates(flows) };
}

function units(flows: Flows): string {
  return table(
    [
      'flow, once',
      'DynamoDB calls',
      'read units',
      'write units',
      '… of indexes',
      'SQS',
      'KMS',
      'git',
      'dollars a million',
    ],
    Object.values(flows).map((flow) => [
      flow.what,
      flow.dynamo,
      flow.read,
      flow.write,
      flow.indexed,
      flow.sqs,
      flow.decrypt + flow.sign,
      flow.git,
      (costOf(flow).total * 1e6).toFixed(2),
    ]),
  );
}

function bill(flows: Flows): string {
  const columns: readonly (readonly [string, Installation])[] = [
    ...SIZES.map((links) => [`${thousands(links)}`, installation(links)] as const),
    ['100,000, polled every 15 minutes', installation(100_000, 900)],
  ];
  const bills = columns.map(([, size]) => billOf(flows, size));
  const row = (what: string, of: (one: (typeof bills)[number]) => number) => [
    what,
    ...bills.map((one) => dollars(of(one))),
  ];
  return table(
    ['dollars a month, links and gateways each', ...columns.map(([name]) => name)],
    [
      row('fixed: keys, alarms, the ticks of the poller, queues that are waited at', ({ fixed }) => fixed),
      row('polling: one look a source and interval', ({ polling }) => polling),
      row('**control plane, idle**', ({ fixed, polling }) => fixed + polling),
      row('gateways that hear nothing new', ({ gatewaysIdle }) => gatewaysIdle),
      row('**all, idle**', ({ fixed, polling, gatewaysIdle }) => fixed + polling + gatewaysIdle),
      row('pushes: webhook, sync, fan-out', ({ pushes }) => pushes),
      row('… and what gateways do about them', ({ gatewaysPushes }) => gatewaysPushes),
      row('**all**', (one) => Object.values(one).reduce((sum: number, part: number) => sum + part, 0)),
    ],
  );
}

function rates(flows: Flows): string {
  const columns = SIZES.map((links) => ratesOf(flows, installation(links)));
  const row = (what: string, of: (one: (typeof columns)[number]) => number) => [
    what,
    ...columns.map((one) => figure(of(one))),
  ];
  return table(
    ['a second, idle', ...SIZES.map(thousands)],
    [
      row('looks at git hosts', ({ looks }) => looks),
      row('… and so runs of sync at once', ({ syncRuns }) => syncRuns),
      row('HTTP requests of gateways', ({ http }) => http),
      row('… and so runs of the api at once', ({ apiRuns }) => apiRuns),
      row('read units', ({ reads }) => reads),
      row('write units', ({ writes }) => writes),
      row('roles assumed for queue credentials', ({ assumed }) => assumed),
      row('long polls begun by gateways', ({ receives }) => receives),
      row('signatures, at the pushes above', ({ signatures }) => signatures),
    ],
  );
}

const thousands = (value: number) => value.toLocaleString('en-US');

function dollars(value: number): string {
  return value >= 100 ? thousands(Math.round(value)) : value.toFixed(2);
}

function figure(value: number): string {
  return value >= 100 ? thousands(Math.round(value)) : value >= 1 ? value.toFixed(1) : value.toPrecision(2);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

/** The text with what is between `<!-- name -->` and `<!-- /name -->` replaced. */
export function filledIn(text: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((document, [name, content]) => {
    const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
    if (!marked.test(document)) throw new Error(`there is no place for the table "${name}"`);
    return document.replace(marked, (_, from: string, to: string) => `${from}${content}\n${to}`);
  }, text);
}
