/** Usage: the tokens of an answer, as its provider counts them, or else an estimate from the length of the texts. */
import * as z from 'zod';
import { type Message, textsOf } from '../../engine/request.ts';
import type { Tokens } from './record.ts';

const USAGE = z.looseObject({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) });

/** Of English prose. */
const ASCII_PER_TOKEN = 4;

export function usageIn(body: unknown): Tokens | null {
  const usage = typeof body === 'object' && body !== null && 'usage' in body ? body.usage : null;
  const { success, data } = USAGE.safeParse(usage);
  return success ? { input: data.prompt_tokens, output: data.completion_tokens } : null;
}

export function estimatedTokens(messages: readonly Message[]): number {
  return Math.ceil(textsOf(messages).reduce((sum, text) => sum + tokensIn(text), 0));
}

/** A character beyond ASCII is often a token of its own, and in a few scripts more. Not rounded. */
export function tokensIn(text: string): number {
  let others = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) others++;
  return others + (text.length - others) / ASCII_PER_TOKEN;
}
