/** `spend-limit`: what was spent today is known to a gateway that runs, and to no single request. */
import type { Enforcement } from './enforcement.ts';

export const SPEND_LIMIT: Enforcement<'spend-limit'> = {
  enforced: true,
  without: ['max_daily_usd'],
  checks: () => ({ request: () => null }),
};
