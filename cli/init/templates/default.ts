/** The template for a start: attacks, personal data, spending and a record. */
import { isInjection, OPENAI_TARGET, type Template } from '../template.ts';

export const STARTER: Template = {
  description: 'prompt injection, personal data, a spending limit and an audit log',
  config: `# What the gateway enforces, in the order of policies.chain. Check it with: kt policy lint --strict
pack:
  name: my-policies
  version: 0.1.0
  enabled: true
  description: Attacks are blocked, personal data is redacted, spending is limited, everything is recorded.

${OPENAI_TARGET}
policies:
  chain:
    - prompt-injection
    - pii-detector
    - spend-limit
    - audit-logger

policy:
  prompt-injection:
    detection:
      embedding_threshold: 0.8
      attack_patterns:
        - 'ignore (all )?(previous|prior) instructions'
        - 'reveal (your|the) system prompt'
    encoding:
      decode_base64: true
      normalize_unicode: true
      detect_homoglyphs: true
    response:
      action: block
      message: This request was blocked.
  pii-detector:
    action: redact
  spend-limit:
    max_daily_usd: 50
  audit-logger:
    retention_days: 365
`,
  golden: isInjection(),
};
