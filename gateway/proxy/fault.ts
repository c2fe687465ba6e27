/** A fault of ours, as it may stand in a log: its message may repeat what a client sent, its name and its place do not. */

const FRAMES = 4;

export function faultFacts(error: unknown): { readonly error: string; readonly where: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error, where: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, where: frames.slice(0, FRAMES).map((frame) => frame.trim()) };
}
