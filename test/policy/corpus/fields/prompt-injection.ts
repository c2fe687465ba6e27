/** `prompt-injection`. */
import { FLAG, FRACTION, oneOf, PATTERNS, type Row, TEXT } from '../row.ts';

const flags = (section: string, ...names: readonly string[]) =>
  names.map(
    (name): Row => ({ field: `policy.prompt-injection.${section}.${name}`, ...FLAG, typo: `${name}s` }),
  );

export const PROMPT_INJECTION: readonly Row[] = [
  {
    field: 'policy.prompt-injection.detection.embedding_threshold',
    ...FRACTION,
    typo: 'embeding_threshold',
  },
  { field: 'policy.prompt-injection.detection.attack_patterns', ...PATTERNS, typo: 'attack_pattern' },
  ...flags('encoding', 'decode_base64', 'normalize_unicode', 'detect_homoglyphs'),
  ...flags('boundaries', 'enforce_delimiters', 'reject_fake_boundaries'),
  {
    field: 'policy.prompt-injection.response.action',
    ...oneOf(['block'], 'redact', 'blocked'),
    doubtful: [
      ['escalate', 'E052'],
      ['log', 'E052'],
    ],
    typo: 'actions',
  },
  { field: 'policy.prompt-injection.response.message', ...TEXT, typo: 'mesage' },
  {
    field: 'policy.prompt-injection.response.log_level',
    ...oneOf(['debug', 'info', 'warn', 'error'], 'warning', 'fatal'),
    typo: 'loglevel',
  },
];
