/** The codes of findings: every one that `checkDocument` can give, and what it means. */

export interface CodeMeaning {
  readonly title: string;
  readonly severity: 'error' | 'warning';
  /** How a document that fails with it is classed; the first three codes are the documented ones. */
  readonly class: 'parse' | 'validation' | 'too_large';
}

export const CODES = {
  E001: validation('Unknown policy kind'),
  E002: validation('Unknown key in a policy block'),
  E003: validation('A kind in the chain has no policy block', 'warning'),

  E010: tooLarge('The file is too large'),
  E011: parse('The file is not UTF-8'),
  E012: parse('A character that YAML does not allow'),
  E013: parse('Nested too deeply'),
  E014: parse('Not well-formed YAML'),
  E015: parse('Anchors and aliases are not supported'),
  E016: parse('More than one document in the file'),
  E017: parse('The same key twice'),
  E018: parse('Tags are not supported'),
  E019: parse('Merge keys are not supported'),
  E020: parse('A key that is never allowed'),
  E021: parse('A key that is not text'),
  E022: tooLarge('Too many values in one file'),
  E023: parse('A YAML directive that is not supported'),

  E030: validation('Not a policy document'),
  E031: validation('A required key is missing'),
  E032: validation('Unknown key'),
  E033: validation('A value of the wrong type'),
  E034: validation('A value that is not allowed'),
  E035: validation('The same kind twice in the chain'),
  E036: validation('A policy block whose kind is not in the chain', 'warning'),
  E037: validation('An older document shape'),
  E038: validation('`includes` is not supported'),
  E039: validation('A kind that cannot be a document of its own'),
} as const satisfies Record<string, CodeMeaning>;

export type Code = keyof typeof CODES;

function parse(title: string): CodeMeaning {
  return { title, severity: 'error', class: 'parse' };
}

function tooLarge(title: string): CodeMeaning {
  return { title, severity: 'error', class: 'too_large' };
}

function validation(title: string, severity: CodeMeaning['severity'] = 'error'): CodeMeaning {
  return { title, severity, class: 'validation' };
}
