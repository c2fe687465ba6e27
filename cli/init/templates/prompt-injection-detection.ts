/** The template against instructions that are smuggled into a prompt. */
import { isInjection, OPENAI_TARGET, type Template } from '../template.ts';

export const PROMPT_INJECTION_DETECTION: Template = {
  description: 'blocks instructions smuggled into a prompt, also encoded ones',
  config: `# Blocks instructions that are smuggled into a prompt, also when they are encoded.
pack:
  name: prompt-injection-detection
  version: 0.1.0
  enabled: true
  description: Instructions smuggled into a prompt are blocked.

${OPENAI_TARGET}
policies:
  chain:
    - prompt-injection
    - audit-logger

policy:
  prompt-injection:
    detection:
      # Lower blocks more.
      embedding_threshold: 0.8
      attack_patterns:
        - 'ignore (all )?(previous|prior) instructions'
        - 'disregard (everything|all) (above|before)'
        - 'reveal (your|the) system prompt'
    encoding:
      decode_base64: true
      normalize_unicode: true
      detect_homoglyphs: true
    boundaries:
      enforce_delimiters: true
      reject_fake_boundaries: true
    response:
      action: block
      message: This request was blocked.
      log_level: warn
  audit-logger:
    retention_days: 365
`,
  golden: isInjection(),
};
