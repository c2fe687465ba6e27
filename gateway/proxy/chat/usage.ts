/** Usage: the tokens of an answer, as its provider counts them, or else an estimate from the length of the texts. */
import * as z from 'zod';
import { type Message, textsOf } from '../../engine/request.ts';
import type { Tokens } from './record.ts';

const USAGE = z.looseObject({ prompt_tokens: z.int().min(0), completion_tokens: z.int().min(0) });

/** Of English prose; other texts have fewer characters in a token. */
const UNITS_PER_TOKEN = 4;

export function usageIn(body: unknown): Tokens | null {
  const usage = typeof body === 'object' && body !== null && 'usage' in body ? body.usage : null;
  const { success, data } = USAGE.safeParse(usage);
  return success ? { input: data.prompt_tokens, output: data.completion_tokens } : null;
}

export function estimatedTokens(messages: readonly Message[]): number {
  return tokensIn(textsOf(messages).reduce((sum, text) => sum + text.length, 0));
}

export const tokensIn = (units: number): number => Math.ceil(units / UNITS_PER_TOKEN);
