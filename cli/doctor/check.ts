/** A check: one thing that was looked at, how it is, and what would help. */

export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly advice: string | null;
}

export const ok = (name: string, message: string): Check => ({ name, status: 'ok', message, advice: null });

export const warn = (name: string, message: string, advice: string): Check => ({
  name,
  status: 'warn',
  message,
  advice,
});

export const fail = (name: string, message: string, advice: string | null): Check => ({
  name,
  status: 'fail',
  message,
  advice,
});
