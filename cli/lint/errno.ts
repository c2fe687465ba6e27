/** Errors of the operating system, told from faults of our own by their code. */

interface ErrnoException extends Error {
  readonly code: string;
}

export function isErrnoException(error: unknown): error is ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
