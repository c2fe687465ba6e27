/** `pii-detector`, `hipaa-phi-detector`, `dlp-filter`. */
import { DISTANCE, FLAG, oneOf, PATTERNS, type Row, TEXT, TEXTS } from '../row.ts';

export const PRIVACY: readonly Row[] = [
  { field: 'policy.pii-detector.action', ...oneOf(['redact', 'block'], 'mask', 'Redact'), typo: 'actions' },
  { field: 'policy.pii-detector.healthcare_mode', ...FLAG, typo: 'health_care_mode' },
  { field: 'policy.pii-detector.pci_mode', ...FLAG, typo: 'pci_modes' },
  { field: 'policy.pii-detector.detect_patterns', ...PATTERNS, typo: 'detect_pattern' },
  {
    field: 'policy.pii-detector.redaction.marker_format',
    ...oneOf(['label'], 'asterisks', 'labels'),
    typo: 'marker_formats',
  },
  { field: 'policy.pii-detector.redaction.include_metadata', ...FLAG, typo: 'include_meta_data' },
  { field: 'policy.pii-detector.redaction.preserve_length', ...FLAG, typo: 'preserve_lenght' },
  { field: 'policy.pii-detector.redaction.custom_markers.*', ...TEXT },

  { field: 'policy.hipaa-phi-detector.mode', ...oneOf(['hipaa_18'], 'hipaa_17', 'hipaa'), typo: 'modes' },
  {
    field: 'policy.hipaa-phi-detector.action',
    ...oneOf(['redact', 'block'], 'escalate'),
    typo: 'actions',
  },
  {
    field: 'policy.hipaa-phi-detector.safe_harbor_method',
    ...FLAG,
    typo: 'safe_harbour_method',
  },

  { field: 'policy.dlp-filter.detect_patterns', ...PATTERNS, typo: 'detect_pattern' },
  { field: 'policy.dlp-filter.blocked_terms', ...TEXTS, typo: 'blocked_term' },
  { field: 'policy.dlp-filter.action', ...oneOf(['redact', 'block'], 'escalate'), typo: 'actions' },
  { field: 'policy.dlp-filter.fuzzy_matching', ...FLAG, typo: 'fuzzy_match' },
  {
    field: 'policy.dlp-filter.max_distance',
    ...DISTANCE,
    also: { 'policy.dlp-filter.fuzzy_matching': true },
    typo: 'max_distanse',
  },
  {
    field: 'policy.dlp-filter.sensitivity_level',
    ...oneOf(['standard', 'high', 'restricted'], 'low', 'public'),
    typo: 'sensitivity_levels',
  },
];
