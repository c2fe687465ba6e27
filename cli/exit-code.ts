/** Exit codes of `kt`: the answer is yes, the answer is no, or there is no answer. */

export const EXIT = { ok: 0, no: 1, unknown: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
