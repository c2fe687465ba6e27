/** `external-moderation`, `embedding-detector`. */
import { FRACTION, NAME, oneOf, type Row, rows, TEXT, TEXTS, URL } from '../row.ts';

const MODERATION: readonly Row[] = [
  {
    field: 'policy.external-moderation.provider',
    ...oneOf(
      [
        'openai-moderation',
        'azure-content-safety',
        'bedrock-apply-guardrail',
        'embedding-endpoint',
        'webhook',
        'presidio',
        'guardrails-ai',
        'dynamo-ai',
        'lakera',
      ],
      'openai',
      'Lakera',
    ),
    typo: 'providers',
  },
  { field: 'policy.external-moderation.secret_key_ref.env', ...NAME, typo: 'envv' },
  { field: 'policy.external-moderation.secret_key_ref.store', ...NAME, typo: 'stores' },
  { field: 'policy.external-moderation.endpoint', ...URL, typo: 'endpoints' },
  { field: 'policy.external-moderation.categories', ...TEXTS, typo: 'categorys' },
  { field: 'policy.external-moderation.threshold', ...FRACTION, typo: 'tresholds' },
];

const EMBEDDING: readonly Row[] = [
  { field: 'policy.embedding-detector.backend', ...oneOf(['local', 'external'], 'api'), typo: 'backends' },
  { field: 'policy.embedding-detector.endpoint', ...URL, typo: 'endpoin' },
  { field: 'policy.embedding-detector.model', ...TEXT, typo: 'modell' },
  {
    field: 'policy.embedding-detector.api_key',
    right: [''],
    wrong: [
      ['anything at all', 'E042'],
      [7, 'E033'],
    ],
  },
  { field: 'policy.embedding-detector.similarity_threshold', ...FRACTION, typo: 'similarity_treshold' },
  {
    field: 'policy.embedding-detector.timeout_ms',
    right: [1, 20, 60_000],
    wrong: [
      [0, 'E034'],
      [60_001, 'E034'],
      ['20ms', 'E033'],
    ],
    typo: 'timeouts_ms',
  },
  { field: 'policy.embedding-detector.action', ...oneOf(['redact', 'block'], 'escalate'), typo: 'actions' },
  ...rows({ 'policy.embedding-detector.categories': [{ label: 'health', reference_text: 'a diagnosis' }] }, [
    { field: 'policy.embedding-detector.categories[].label', ...TEXT, required: true, typo: 'lable' },
    {
      field: 'policy.embedding-detector.categories[].reference_text',
      ...TEXT,
      required: true,
      typo: 'referense_text',
    },
  ]),
];

export const DETECTORS: readonly Row[] = [...MODERATION, ...EMBEDDING];
