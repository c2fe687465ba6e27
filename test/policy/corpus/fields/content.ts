/** `safety-filter`, `entity-list-filter`, `itar-ear-filter`, `bias-monitor`, `response-rewriter`. */
import { COUNT, DISTANCE, FLAG, FRACTION, oneOf, type Row, rows, TEXT, TEXTS } from '../row.ts';

/** A distance without fuzzy matching has no effect, and says so. */
const fuzzy = (kind: string): readonly Row[] => [
  { field: `policy.${kind}.fuzzy_matching`, ...FLAG, typo: 'fuzzy_match' },
  {
    field: `policy.${kind}.max_distance`,
    ...DISTANCE,
    also: { [`policy.${kind}.fuzzy_matching`]: true },
    typo: 'max_distanse',
  },
];

const SAFETY: readonly Row[] = [
  {
    field: 'policy.safety-filter.mode',
    ...oneOf(
      ['critical_infrastructure', 'automotive', 'education', 'law_enforcement'],
      'school',
      'Education',
    ),
    typo: 'modes',
  },
  { field: 'policy.safety-filter.block_if', ...TEXTS, typo: 'blocks_if' },
  {
    field: 'policy.safety-filter.action',
    ...oneOf(['block', 'escalate'], 'redact', 'blocks'),
    typo: 'actions',
  },
  ...fuzzy('safety-filter'),
  { field: 'policy.safety-filter.max_age', ...COUNT, typo: 'maxage' },
];

const ENTITY_LIST: readonly Row[] = [
  { field: 'policy.entity-list-filter.blocked_entities', ...TEXTS, typo: 'blocked_entitys' },
  { field: 'policy.entity-list-filter.action', ...oneOf(['block'], 'redact', 'escalate'), typo: 'actions' },
  ...fuzzy('entity-list-filter'),
];

const ITAR_EAR: readonly Row[] = [
  { field: 'policy.itar-ear-filter.blocked_terms', ...TEXTS, typo: 'blocked_term' },
  { field: 'policy.itar-ear-filter.action', ...oneOf(['block'], 'redact', 'escalate'), typo: 'actions' },
  ...fuzzy('itar-ear-filter'),
];

const BIAS: readonly Row[] = [
  {
    field: 'policy.bias-monitor.protected_characteristics',
    ...TEXTS,
    typo: 'protected_characteristic',
  },
  { field: 'policy.bias-monitor.threshold', ...FRACTION, typo: 'treshold' },
  { field: 'policy.bias-monitor.action', ...oneOf(['block', 'escalate'], 'redact'), typo: 'actions' },
];

const REWRITER: readonly Row[] = [
  { field: 'policy.response-rewriter.preserve_structure', ...FLAG, typo: 'preserve_structures' },
  ...rows({ 'policy.response-rewriter.rules': [{ name: 'greeting' }] }, [
    { field: 'policy.response-rewriter.rules[].name', ...TEXT, required: true, typo: 'names' },
    {
      field: 'policy.response-rewriter.rules[].pattern',
      right: ['(?i)acme corp', '^$'],
      wrong: [
        ['', 'E034'],
        [7, 'E033'],
        ['(?<=x)y', 'E043'],
        ['[a', 'E043'],
      ],
      typo: 'patern',
    },
    {
      field: 'policy.response-rewriter.rules[].replacement',
      right: ['', 'ACME', 'x'.repeat(2000)],
      wrong: [
        [7, 'E033'],
        ['x'.repeat(2001), 'E034'],
      ],
      also: { 'policy.response-rewriter.rules[0].pattern': 'acme' },
      typo: 'replacment',
    },
    {
      field: 'policy.response-rewriter.rules[].position',
      ...oneOf(['replace', 'prepend', 'append'], 'before'),
      also: {
        'policy.response-rewriter.rules[0].pattern': 'acme',
        'policy.response-rewriter.rules[0].replacement': 'ACME',
      },
      typo: 'postion',
    },
  ]),
];

export const CONTENT: readonly Row[] = [...SAFETY, ...ENTITY_LIST, ...ITAR_EAR, ...BIAS, ...REWRITER];
