/** Prices: what a model costs, for those who count money. */
import * as z from 'zod';
import listed from './prices.json' with { type: 'json' };

/** US dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** By the name of the model, exactly as a target or a request has it: a snapshot may cost another amount. */
export type Prices = ReadonlyMap<string, Price>;

type ReadPrices =
  | { readonly kind: 'read'; readonly prices: Prices }
  | { readonly kind: 'malformed'; readonly why: string };

const amount = z.number().min(0).max(100_000);
const FILE = z.object({
  models: z.record(z.string().min(1).max(200), z.strictObject({ input: amount, output: amount })),
});
const MAX_MODELS = 10_000;

/** List prices of some common models; `prices.json` says of which day, and from where. */
export const LIST_PRICES: Prices = new Map(Object.entries(listed.models));

/** `bytes`: JSON like `{"models": {"gpt-4o": {"input": 2.5, "output": 10}}}`. They go before the list prices. */
export function parsePrices(bytes: Uint8Array): ReadPrices {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { kind: 'malformed', why: 'it is not JSON' };
  }
  const parsed = FILE.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.map(String).join('.') || 'the file';
    return { kind: 'malformed', why: `\`${at.slice(0, 300)}\`: ${issue?.message ?? 'it does not fit'}` };
  }
  const models = Object.entries(parsed.data.models);
  if (models.length > MAX_MODELS) return { kind: 'malformed', why: `it has more than ${MAX_MODELS} models` };
  return { kind: 'read', prices: new Map([...LIST_PRICES, ...models]) };
}

export function costOf({ input, output }: Price, promptTokens: number, completionTokens: number): number {
  return (input * promptTokens + output * completionTokens) / 1_000_000;
}
