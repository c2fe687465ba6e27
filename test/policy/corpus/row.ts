/** Rows: what one field may and may not hold, as people wrote it down. Documents are made of them in `expand.ts`. */
import type { Code } from '../../../lib/policy/codes.ts';

/** A value, the code it earns, and where below the field (`[1]`, `.label`) when not at the field itself. */
export type Judged = readonly [value: unknown, code: Code, below?: string];

export interface Row {
  /** As `schemaFields` names them: `policy.rbac.roles.*.allowed_tools`. */
  readonly field: string;
  /** What its `*` is called. */
  readonly any?: string;
  readonly right: readonly unknown[];
  readonly wrong: readonly Judged[];
  /** Values that are taken, with a warning. */
  readonly doubtful?: readonly Judged[];
  /** Nothing else works without it: a document that leaves it out has an E031. */
  readonly required?: true;
  /** A misspelling of the last key that should earn `did you mean …?`. */
  readonly typo?: string;
  /** What the document must hold beside the field, by path. */
  readonly also?: Readonly<Record<string, unknown>>;
}

/** Rows of one place: what it needs to be whole goes into the document of each. */
export function rows(also: Readonly<Record<string, unknown>>, each: readonly Row[]): readonly Row[] {
  return each.map((row) => ({ ...row, also: { ...also, ...row.also } }));
}

type Values = Pick<Row, 'right' | 'wrong'>;

export const FLAG: Values = {
  right: [true, false],
  wrong: [
    ['yes', 'E033'],
    [1, 'E033'],
    [null, 'E033'],
  ],
};

export const TEXT: Values = {
  right: ['a', 'x'.repeat(2000)],
  wrong: [
    ['', 'E034'],
    ['x'.repeat(2001), 'E034'],
    [7, 'E033'],
    [{}, 'E033'],
  ],
};

export const TEXTS: Values = {
  right: [[], ['one'], ['one', 'two']],
  wrong: [
    ['one', 'E033'],
    [['one', 2], 'E033', '[1]'],
    [[''], 'E034', '[0]'],
    [['x'.repeat(2001)], 'E034', '[0]'],
  ],
};

/** From 0 to 1. */
export const FRACTION: Values = {
  right: [0, 0.8, 1],
  wrong: [
    [-0.1, 'E034'],
    [1.1, 'E034'],
    ['0.8', 'E033'],
  ],
};

/** A whole number from 0. */
export const COUNT: Values = {
  right: [0, 5],
  wrong: [
    [-1, 'E034'],
    [1.5, 'E033'],
    ['5', 'E033'],
  ],
};

/** A whole number from 1. */
export const POSITIVE: Values = {
  right: [1, 3000],
  wrong: [
    [0, 'E034'],
    [1.5, 'E033'],
    ['5', 'E033'],
  ],
};

/** Any number from 0. */
export const AMOUNT: Values = {
  right: [0, 0.01, 250],
  wrong: [
    [-1, 'E034'],
    ['250', 'E033'],
    [true, 'E033'],
  ],
};

export const DAYS: Values = {
  right: [1, 365, 36_500],
  wrong: [
    [0, 'E034'],
    [36_501, 'E034'],
    ['365', 'E033'],
    [30.5, 'E033'],
  ],
};

/** Edits, 0 to 8. */
export const DISTANCE: Values = {
  right: [0, 8],
  wrong: [
    [-1, 'E034'],
    [9, 'E034'],
    ['1', 'E033'],
    [0.5, 'E033'],
  ],
};

export const URL: Values = {
  right: ['https://judge.example.com/v1?x=1', 'http://127.0.0.1:8080'],
  wrong: [
    ['judge.example.com', 'E034'],
    ['ftp://judge.example.com', 'E034'],
    ['https://user:password@judge.example.com', 'E034'],
    ['https://', 'E034'],
    [443, 'E033'],
  ],
};

export const HEADER: Values = {
  right: ['x-consent-token', 'X-User-ID'],
  wrong: [
    ['two words', 'E034'],
    ['colon:', 'E034'],
    ['', 'E034'],
    [1, 'E033'],
  ],
};

/** A regular expression; what RE2 does not take is told from what has the wrong shape. */
export const PATTERNS: Values = {
  right: [[], ['\\b\\d{3}-\\d{2}-\\d{4}\\b', '(?i)passport']],
  wrong: [
    ['\\d+', 'E033'],
    [[1], 'E033', '[0]'],
    [[''], 'E034', '[0]'],
    [['x'.repeat(2001)], 'E034', '[0]'],
    [['ok', '(?=later)'], 'E043', '[1]'],
    [['('], 'E043', '[0]'],
  ],
};

/** The name of an environment variable, or of a stored secret. */
export const NAME: Values = {
  right: ['OPENAI_API_KEY', 'team.key-2'],
  wrong: [
    ['two words', 'E034'],
    ['a/b', 'E034'],
    ['$KEY', 'E034'],
    ['', 'E034'],
    [1, 'E033'],
  ],
};

/** One of a few words: what is none of them, and what is no word. */
export function oneOf(right: readonly string[], ...wrong: readonly string[]): Values {
  return {
    right,
    wrong: [...wrong.map((word) => [word, 'E034'] as const), [true, 'E033'], [null, 'E033'], [[], 'E033']],
  };
}

/** A mapping whose fields are not documented: what is in it earns a warning, what is no mapping an error. */
export const OPEN: Values & Pick<Row, 'doubtful'> = {
  right: [{}],
  doubtful: [[{ anything: { at: ['all'] } }, 'E050']],
  wrong: [
    ['text', 'E033'],
    [[], 'E033'],
    [null, 'E033'],
  ],
};
