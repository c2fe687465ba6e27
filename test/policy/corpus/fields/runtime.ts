/** What a gateway recalls and records, and `testing`. */
import { DAYS, FLAG, FRACTION, OPEN, oneOf, POSITIVE, type Row, rows, TEXT } from '../row.ts';

const RUNTIME: readonly Row[] = [
  { field: 'agents.*', ...OPEN },
  {
    field: 'agents[]',
    ...OPEN,
  },
  { field: 'loads.enabled', ...FLAG, typo: 'enable' },
  { field: 'loads.backend', ...oneOf(['api', 'memory'], 'redis'), typo: 'backends' },
  { field: 'loads.recall_top_k', ...POSITIVE, typo: 'recall_topk' },
  {
    field: 'loads.write_mode',
    ...oneOf(['full', 'read_only', 'metadata_only'], 'read-only', 'none'),
    typo: 'write_modes',
  },
  { field: 'loads.timeout_ms', ...POSITIVE, typo: 'timeouts_ms' },
  { field: 'loads.fail_open', ...FLAG, typo: 'fail_opens' },
  { field: 'history.enabled', ...FLAG, typo: 'enable' },
  { field: 'history.mode', ...oneOf(['raw'], 'full'), typo: 'modes' },
  { field: 'history.include_blocked', ...FLAG, typo: 'includes_blocked' },
  { field: 'history.retention_days', ...DAYS, typo: 'retention_day' },
  { field: 'history.fail_open', ...FLAG, typo: 'fail_opens' },
  {
    field: 'gateway.listen_port',
    right: [1, 41_002, 65_535],
    wrong: [
      [0, 'E034'],
      [65_536, 'E034'],
      ['41002', 'E033'],
    ],
    typo: 'listen_prot',
  },
];

const CASE = { name: 'blocks', input: { messages: [{ role: 'user', content: 'hello' }] }, expected: {} };
const SUITE = { 'testing.suites': [{ name: 'smoke', cases: [CASE] }] };

const TESTING: readonly Row[] = [
  { field: 'testing.default_threshold', ...FRACTION, typo: 'default_treshold' },
  ...rows(SUITE, [
    { field: 'testing.suites[].name', ...TEXT, required: true, typo: 'names' },
    {
      field: 'testing.suites[].description',
      right: ['', 'What must never get through.'],
      wrong: [
        [7, 'E033'],
        ['x'.repeat(2001), 'E034'],
      ],
      typo: 'descriptions',
    },
    { field: 'testing.suites[].target', ...TEXT, typo: 'targets' },
    {
      field: 'testing.suites[].assertions',
      right: [[], [{}]],
      wrong: [
        [{}, 'E033'],
        [['contains'], 'E033', '[0]'],
      ],
      doubtful: [[[{ type: 'contains' }], 'E050', '[0]']],
      typo: 'assertion',
    },
    {
      field: 'testing.suites[].cases',
      right: [[], [CASE]],
      wrong: [
        [{}, 'E033'],
        [['a case'], 'E033', '[0]'],
        [[{ ...CASE, inputs: {} }], 'E032', '[0].inputs'],
      ],
      required: true,
      typo: 'case',
    },
    { field: 'testing.suites[].cases[].name', ...TEXT, typo: 'names' },
    {
      field: 'testing.suites[].cases[].input',
      right: [{}],
      wrong: [['hello', 'E033']],
      required: true,
      typo: 'inputs',
    },
    { field: 'testing.suites[].cases[].input.messages[].role', ...TEXT, required: true },
    {
      field: 'testing.suites[].cases[].input.messages[].content',
      right: ['', 'hello'],
      wrong: [
        [7, 'E033'],
        [['hello'], 'E033'],
      ],
      required: true,
    },
    {
      field: 'testing.suites[].cases[].input.headers.*',
      right: ['', 'u-1'],
      wrong: [[1, 'E033']],
    },
    {
      field: 'testing.suites[].cases[].expected',
      right: [{}],
      wrong: [['block', 'E033']],
      required: true,
      typo: 'expect',
    },
    {
      field: 'testing.suites[].cases[].expected.verdict',
      ...oneOf(['allow', 'block', 'redact', 'escalate'], 'deny', 'blocked'),
    },
    {
      field: 'testing.suites[].cases[].expected.reason_code',
      ...TEXT,
      right: ['prompt_injection.detected'],
    },
  ]),
  ...['plugins', 'strategies'].map(
    (name): Row => ({
      field: `testing.${name}`,
      right: [[], ['one'], [{}]],
      wrong: [
        ['one', 'E033'],
        [[1], 'E033', '[0]'],
        [[''], 'E034', '[0]'],
      ],
      doubtful: [[['one', { id: 'two' }], 'E050', '[1]']],
      typo: name === 'plugins' ? 'plugin' : 'strategys',
    }),
  ),
];

export const RUNTIME_AND_TESTING: readonly Row[] = [...RUNTIME, ...TESTING];
