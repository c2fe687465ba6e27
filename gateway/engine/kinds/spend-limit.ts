/** `spend-limit`: what the providers cost today, and what requests that are on their way may still cost. */
import { costOf, type Price, type Prices } from '../prices.ts';
import type { Demand } from '../request.ts';
import type { Target } from '../sections.ts';
import type { Enforcement, Hold } from './enforcement.ts';

/** For a caller who leaves the length to the provider. A longer completion is counted when it is there. */
const DEFAULT_MAX_TOKENS = 16_384;
/** A picture or a file is not in the body's length when the body names an address. */
const TOKENS_PER_UNREADABLE = 16_384;

export const SPEND_LIMIT: Enforcement<'spend-limit'> = {
  enforced: true,
  cannot({ max_daily_usd: limit }, { targets, prices }) {
    if (limit === undefined) return null;
    for (const target of targets) {
      if (target.fromEnvironment['model'] !== undefined)
        return `the model of ${target.id} stands in the environment, so its price is not known`;
      const model = modelOf(target);
      if (model !== null && !prices.has(model)) return `no price is known for model ${model}`;
    }
    return null;
  },
  checks({ max_daily_usd: limit }, { targets, state: { spend }, prices }) {
    if (limit === undefined) return { request: () => null };
    return {
      request({ request: { demand } }) {
        const highest = highestPrice(targets, demand, prices);
        if (highest === null) return { verdict: 'block', reasonCode: 'spend_limit.unknown_price' };
        const worst = demand ? worstCase(demand, highest) : 0;
        const held = spend.reserve(worst, limit);
        const metadata = { spent_usd: rounded(spend.today()), limit_usd: limit };
        if (!held) return { verdict: 'block', reasonCode: 'spend_limit.exceeded', metadata };
        const hold: Hold = {
          // A name that is not in the table is a snapshot of one that is.
          settle: ({ model, promptTokens, completionTokens, lost = 0 }) =>
            held.settle(costOf(prices.get(model) ?? highest, promptTokens, completionTokens) + lost * worst),
          release: held.release,
        };
        return { verdict: 'allow', reasonCode: 'spend_limit.passed', metadata, hold };
      },
    };
  },
};

const modelOf = ({ model, azure_deployment: deployment }: Target) => model ?? deployment ?? null;

/** Of all models it may go to, since any target may have to stand in. Null when one of them has no price. */
function highestPrice(targets: readonly Target[], demand: Demand | null, prices: Prices): Price | null {
  const named = targets.map((target) => modelOf(target) ?? demand?.model ?? null);
  const models = targets.length === 0 ? [demand?.model ?? null] : named;
  let [input, output] = [0, 0];
  // Without a model there is nothing to send: a test that has only messages.
  for (const model of models.filter((each) => each !== null)) {
    const price = prices.get(model);
    if (!price) return null;
    [input, output] = [Math.max(input, price.input), Math.max(output, price.output)];
  }
  return { input, output };
}

function worstCase({ promptBytes, unreadable, maxTokens, completions }: Demand, price: Price): number {
  const prompt = promptBytes + unreadable * TOKENS_PER_UNREADABLE;
  return costOf(price, prompt, (maxTokens ?? DEFAULT_MAX_TOKENS) * completions);
}

const rounded = (usd: number) => Math.round(usd * 1e6) / 1e6;
