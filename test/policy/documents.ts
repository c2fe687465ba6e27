/** Policy documents the tests share. */

/** The contract's own sample: `prompt-injection` is in the chain without a block. */
export const SAMPLE = `pack: {name: payments-prod, version: 1.4.0, enabled: true, description: "Payments assistant, production"}
providers:
  targets:
    - id: primary
      provider: openai
      model: gpt-4o-mini
      base_url: https://api.openai.com
      secret_key_ref: {store: OPENAI_API_KEY}      # or {env: OPENAI_API_KEY}
policies:
  chain: [prompt-injection, pii-detector, spend-limit, audit-logger]
policy:
  pii-detector: {action: redact}
  spend-limit: {max_daily_usd: 250}
  audit-logger: {retention_days: 365}
`;

/** In block style, as the GitOps guides lay it out. */
export const GITOPS = `# Finance, production
pack:
  name: finance-prod
  version: "2.0.1"
  enabled: true
  id: cfg_finance_prod
  author: risk@example.com

policies:
  chain:
  - prompt-injection
  - pii-detector
  - audit-logger

policy:
  pii-detector:
    action: redact
    detect_patterns:
      - '\\b\\d{3}-\\d{2}-\\d{4}\\b'   # a number with [brackets] in the comment
      - "[A-Z]{2}[0-9]{6}"
      - (?i)passport[:]? \\w+
    redaction:
      custom_markers: {ssn: "[SSN]", card: '{CARD}'}
  audit-logger:
    retention_days: 365
global_rate_limit: {max_requests: 100, window_seconds: 60}
testing:
  suites:
    - name: smoke
      description: >-
        Two lines that fold
        into one: with a colon
      cases:
        - name: blocks
          input:
            messages:
              - {role: user, content: "my ssn is 123-45-6789"}
          expected: {verdict: redact}
`;

export const SINGLE = `policy:
  name: prompt-injection
  version: 1.0.0
  enabled: true
detection:
  embedding_threshold: 0.8
  attack_patterns: ["ignore (all|previous) instructions"]
encoding: {decode_base64: true}
response: {action: block}
`;

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
