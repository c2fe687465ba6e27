/** Credentials: texts that well-known issuers hand out, and that no file in git may hold. */

/**
 * From each issuer's documentation, anywhere in a text. Patterns and terms that look for such texts are not meant:
 * hence no private key without a body, and no key of OpenAI made of words.
 */
const CREDENTIALS: readonly (readonly [what: string, looks: string])[] = [
  ['an API key of Anthropic', 'sk-ant-[\\w-]{20,}'],
  ['an API key of OpenAI', 'sk-(?:(?:proj|svcacct|admin)-[\\w-]{20,}|[A-Za-z0-9]{20,})'],
  ['an access key of AWS', '(?:AKIA|ASIA)[0-9A-Z]{16}(?!\\w)'],
  ['an API key of Google', 'AIza[\\w-]{35}'],
  ['a token of GitHub', '(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_\\w{22,})'],
  ['a token of GitLab', 'gl(?:pat|dt|rt|ptt)-[\\w.-]{20,}'],
  ['a token of Slack', 'xox[abeprs]-[\\w-]{10,}'],
  ['a token of Hugging Face', 'hf_[A-Za-z0-9]{30,}'],
  ['a token of this control plane', 'kt_(?:live|gk)_\\w{20,}'],
  [
    'a private key',
    '-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\s|\\\\n)+(?:Proc-Type|[A-Za-z0-9+/=]{16})[\\s\\S]*',
  ],
  ['a signed web token', 'eyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.[\\w-]{10,}'],
];

/** Never from within a word. */
const START = '(?<![\\w-])';
const ONE_BY_ONE = CREDENTIALS.map(([what, looks]) => [what, new RegExp(START + looks)] as const);
const ALL = new RegExp(`${START}(?:${CREDENTIALS.map(([, looks]) => looks).join('|')})`, 'g');

/** What the text holds, in words; undefined when it holds no credential. */
export function credentialIn(text: string): string | undefined {
  if (text.search(ALL) === -1) return undefined;
  return ONE_BY_ONE.find(([, looks]) => looks.test(text))?.[0];
}

/** The text as it may be shown. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(ALL, '(secret)');
}
