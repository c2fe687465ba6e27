/** A policy test: what goes in, and what a gateway should make of it. */
import * as z from 'zod';
import type { EvaluationRequest } from '../../gateway/engine/request.ts';
import { INPUT, readInput } from './conversation.ts';

export interface PolicyCase {
  readonly name: string;
  /** The file it stands in. */
  readonly file: string;
  readonly request: EvaluationRequest;
  /** What of the answer no policy can look at. */
  readonly unreadable: readonly string[];
  readonly expected: {
    readonly verdict?: string | undefined;
    readonly reason_code?: string | undefined;
  };
}

/** One or more cases, or why what stands there cannot be run. */
export type Read = readonly PolicyCase[] | { readonly trouble: string };

const VERDICT = z.enum(['allow', 'block', 'redact', 'escalate']);
const GOLDEN = z.strictObject({
  name: z.string().min(1),
  input: INPUT,
  expected: z.strictObject({ verdict: VERDICT, reason_code: z.string().min(1) }),
});

/** A golden file: one case. */
export function parseGolden(file: string, bytes: Uint8Array): Read {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { trouble: 'it is not JSON' };
  }
  const parsed = GOLDEN.safeParse(value);
  if (!parsed.success) return { trouble: inWords(parsed.error) };
  const { name, input, expected } = parsed.data;
  const read = readInput(input);
  return 'trouble' in read ? read : [{ name, file, ...read, expected }];
}

/** Where and what, of the first thing that is wrong; no value is repeated. */
export function inWords({ issues: [issue] }: z.core.$ZodError): string {
  const at = issue?.path.map(String).join('.') ?? '';
  return `${at === '' ? '' : `\`${at}\`: `}${issue?.message ?? 'it does not fit'}`;
}
