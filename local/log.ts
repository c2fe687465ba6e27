/** The log of the local stack: whose line it is, and the line. */

/** `from` is a function's name, or the part of the stack that speaks (`dynamodb`, `http`, …). */
export type StackLog = (from: string, line: string) => void;

export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
