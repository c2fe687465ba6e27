/** Secrets as they are handed to a command: in a file, on standard input or in a variable, never on the command line. */
import { clean } from './clean.ts';
import { usage } from './failure.ts';
import { readBounded } from './lint/read-bounded.ts';

const MAX_BYTES = 64 * 1024;

/** The first line of standard input. */
export async function secretFromStdin(stdin: NodeJS.ReadStream, what: string): Promise<string> {
  if (stdin.isTTY) throw usage(`${what} is read from standard input, so pipe it in: kt … < file`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_BYTES) throw usage(`${what}: standard input holds more than ${MAX_BYTES / 1024} KiB`);
  }
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (text === '') throw usage(`${what}: standard input is empty`);
  if (/[\r\n]/.test(text)) throw usage(`${what}: standard input holds more than one line`);
  return text;
}

export function secretFromVariable(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  what: string,
): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw usage(`${what}: give the name of an environment variable, not the secret itself`);
  const value = environment[name];
  if (value === undefined || value === '') throw usage(`${what}: the variable ${name} is not set`);
  return value;
}

/** The whole file, as it is: a key has many lines. */
export async function textFromFile(path: string, what: string): Promise<string> {
  // What somebody typed who took the option for the key itself is not repeated.
  if (/[\r\n]|PRIVATE KEY/.test(path)) throw usage(`${what}: give the name of a file, not what is in it`);
  const read = await readBounded(path, MAX_BYTES);
  if (read.kind === 'unreadable') throw usage(`${what}: ${clean(path)}: ${read.why}`);
  if (read.bytes.length > MAX_BYTES)
    throw usage(`${what}: ${clean(path)} is larger than ${MAX_BYTES / 1024} KiB`);
  return Buffer.from(read.bytes).toString('utf8');
}
