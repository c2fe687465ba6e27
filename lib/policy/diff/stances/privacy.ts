/** Stances on the kinds that find personal data or attacks: `prompt-injection`, `pii-detector`, `hipaa-phi-detector`, `dlp-filter`. */
import { fuzzy } from '../groups.ts';
import { guard, neutral, opening, ranked, threshold, undecided } from '../ordered.ts';
import { blocking } from '../sets.ts';
import type { StanceTable } from '../stance.ts';

const BLOCK_OR_REDACT = [['block'], ['redact']];

export const PROMPT_INJECTION: StanceTable = {
  'detection.embedding_threshold': threshold(
    'the likeness from which a text counts as an attack',
    'loosens',
    {
      why: 'a lower one catches more',
    },
  ),
  'detection.attack_patterns': blocking('the patterns of attacks'),
  'encoding.decode_base64': guard('decoding of base64 before the check'),
  'encoding.normalize_unicode': guard('normalizing of Unicode before the check'),
  'encoding.detect_homoglyphs': guard('detection of look-alike letters'),
  'boundaries.enforce_delimiters': guard('the enforcement of delimiters'),
  'boundaries.reject_fake_boundaries': guard('the rejection of fake boundaries'),
  'response.action': ranked('the action on an attack', [['block'], ['escalate'], ['log']], 'block'),
  'response.message': neutral('what the caller is told decides nothing'),
  'response.log_level': neutral('how loudly it is logged decides nothing'),
};

export const PII_DETECTOR: StanceTable = {
  action: ranked('the action on personal data', BLOCK_OR_REDACT, 'redact'),
  healthcare_mode: guard('the search for health data', false),
  pci_mode: guard('the search for payment card data', true),
  detect_patterns: blocking('the patterns of personal data', { fallback: [] }),
  'redaction.marker_format': neutral('what a redaction looks like decides nothing', 'label'),
  'redaction.include_metadata': neutral('what is told about a redaction decides nothing', true),
  'redaction.preserve_length': opening('showing how long a redacted text was', false),
  'redaction.custom_markers.*': neutral('what a redaction looks like decides nothing'),
};

export const HIPAA_PHI_DETECTOR: StanceTable = {
  mode: undecided('only one mode is documented'),
  action: ranked('the action on health data', BLOCK_OR_REDACT),
  safe_harbor_method: guard('the safe harbor method'),
};

export const DLP_FILTER: StanceTable = {
  ...fuzzy(),
  detect_patterns: blocking('the patterns of confidential data', { fallback: [] }),
  blocked_terms: blocking('the blocked terms', { fallback: [] }),
  action: ranked('the action on confidential data', BLOCK_OR_REDACT, 'redact'),
  sensitivity_level: undecided('which level is stricter is not documented'),
};
