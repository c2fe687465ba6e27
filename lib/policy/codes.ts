/** The codes of findings: every one that `checkDocument` can give, and what it means. */

export interface CodeMeaning {
  readonly title: string;
  readonly severity: 'error' | 'warning';
  /** How a document that fails with it is classed. */
  readonly class: 'parse' | 'validation' | 'too_large';
  /** Whether the JSON Schema finds it too. */
  readonly inSchema: boolean;
}

/** The first three are the documented ones. Codes are never reused. */
export const CODES = {
  E001: shape('Unknown policy kind'),
  E002: shape('Unknown key in a policy block'),
  E003: doubt('A kind in the chain has no policy block'),

  E010: unreadable('The file is too large', 'too_large'),
  E011: unreadable('The file is not UTF-8'),
  E012: unreadable('A character that YAML does not allow'),
  E013: unreadable('Nested too deeply'),
  E014: unreadable('Not well-formed YAML'),
  E015: unreadable('Anchors and aliases are not supported'),
  E016: unreadable('More than one document in the file'),
  E017: unreadable('The same key twice'),
  E018: unreadable('Tags are not supported'),
  E019: unreadable('Merge keys are not supported'),
  E020: unreadable('A key that is never allowed'),
  E021: unreadable('A key that is not text'),
  E022: unreadable('Too many values in one file', 'too_large'),
  E023: unreadable('A YAML directive that is not supported'),

  E030: shape('Not a policy document'),
  E031: shape('A required key is missing'),
  E032: shape('Unknown key'),
  E033: shape('A value of the wrong type'),
  E034: shape('A value that is not allowed'),
  E035: shape('The same kind twice in the chain'),
  E036: doubt('A policy block whose kind is not in the chain'),
  E037: shape('An older document shape'),
  E038: shape('`includes` is not supported'),
  E039: shape('A kind that cannot be a document of its own'),

  E040: meaning('The same id twice'),
  E041: meaning('A reference to a target that is not there'),
  E042: meaning('A secret in the file'),
  E043: meaning('A pattern that is not RE2'),
  E044: meaning('Patterns that take too much to compile'),
  E045: meaning('Fallbacks that go round in a circle'),
  E046: meaning('Settings that contradict each other'),
  E047: doubt('A setting without effect'),
  E048: doubt('A retention time outside the bounds that apply'),
  E049: doubt('The pack is switched off'),
  E050: doubt('Fields that nobody checks'),
  E051: doubt('A provider that is not known'),
  E052: doubt('A setting that gateways may read in two ways'),
  E053: meaning('No target may be used'),
} as const satisfies Record<string, CodeMeaning>;

export type Code = keyof typeof CODES;

export function isCode(code: string): code is Code {
  return Object.hasOwn(CODES, code);
}

function unreadable(title: string, why: 'parse' | 'too_large' = 'parse'): CodeMeaning {
  return { title, severity: 'error', class: why, inSchema: false };
}

function shape(title: string): CodeMeaning {
  return { title, severity: 'error', class: 'validation', inSchema: true };
}

function meaning(title: string): CodeMeaning {
  return { title, severity: 'error', class: 'validation', inSchema: false };
}

function doubt(title: string): CodeMeaning {
  return { title, severity: 'warning', class: 'validation', inSchema: false };
}
