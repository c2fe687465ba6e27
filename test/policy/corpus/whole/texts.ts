/** Texts that are wrong in themselves: secrets, and patterns that are not RE2. */
import type { CorpusDocument } from '../expand.ts';
import { beside, running, targets } from './written.ts';

const FAKE = 'a'.repeat(24);
const SECRETS: readonly CorpusDocument[] = [
  beside('a key at a target', targets('id: a, api_key: hunter2'), 'E042 providers.targets[0].api_key'),
  beside('an empty key at a target', targets('id: a, api_key: ""')),
  beside(
    'a key where its prefix belongs',
    targets(`id: a, api_key_prefix: sk-${FAKE}`),
    'E042 providers.targets[0].api_key_prefix',
  ),
  beside(
    'a key as the name of a variable',
    targets(`id: a, secret_key_ref: {env: sk-ant-${FAKE}}`),
    'E042 providers.targets[0].secret_key_ref.env',
  ),
  beside(
    'an access key in the description of a target',
    targets('id: AKIAABCDEFGHIJKLMNOP'),
    'E042 providers.targets[0].id',
  ),
  beside('something shorter than any key', targets('id: sk-short')),
  beside(
    'a token in the made-up input of a case',
    `
testing:
  suites:
    - name: leaks
      cases:
        - input: {messages: [{role: user, content: sk-${FAKE}}]}
          expected: {verdict: redact}
`,
  ),
  running(
    'dlp-filter',
    `{blocked_terms: [ghp_${'a1'.repeat(18)}]}`,
    'E042 policy.dlp-filter.blocked_terms[0]',
  ),
  running('dlp-filter', '{detect_patterns: ["ghp_[A-Za-z0-9]{36}"]}'),
];

const lookaround = [
  '(?=x)',
  '(?!x)',
  '(?<=x)',
  '(?<!x)',
  '(a)\\1',
  '(?P=name)',
  'a++',
  '(?>a)',
  '(',
  '[z-a]',
  '*',
];
const PATTERNS: readonly CorpusDocument[] = [
  ...lookaround.map((pattern) =>
    running(
      'pii-detector',
      `{detect_patterns: [${JSON.stringify(pattern)}]}`,
      'E043 policy.pii-detector.detect_patterns[0]',
    ),
  ),
  running(
    'pii-detector',
    String.raw`{detect_patterns: ['\(\?=x\)', '[(?=]', '(?:a|b)+?', '(?P<year>\d{4})', '\p{L}+']}`,
  ),
  running(
    'prompt-injection',
    '{detection: {attack_patterns: [ok, "(?i"]}}',
    'E043 policy.prompt-injection.detection.attack_patterns[1]',
  ),
  running(
    'pii-detector',
    `{detect_patterns: ["(${'a'.repeat(1500)}){1000}"]}`,
    'E044 policy.pii-detector.detect_patterns[0]',
  ),
  {
    ...running(
      'dlp-filter',
      `{detect_patterns: [${Array.from({ length: 4 }, () => `"(${'a'.repeat(110)}){1000}"`).join(', ')}]}`,
      'E044 policy.dlp-filter.detect_patterns[2]',
    ),
    name: 'four patterns of which two would do',
  },
  {
    ...running(
      'dlp-filter',
      `{detect_patterns: [${Array.from({ length: 2 }, () => `"(${'a'.repeat(110)}){1000}"`).join(', ')}]}`,
    ),
    name: 'two patterns that take nearly too much',
  },
  running('pii-detector', '{detect_patterns: ["[a-z]{1000}"]}'),
];

export const TEXTS: readonly CorpusDocument[] = [...SECRETS, ...PATTERNS];
