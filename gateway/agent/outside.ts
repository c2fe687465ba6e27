/** The outside world as it is. */
import { systemClock } from './clock.ts';
import { realFiles } from './files.ts';
import type { Outside } from './options.ts';

export const realOutside = (): Outside => ({
  fetch: (...request) => fetch(...request),
  clock: systemClock,
  random: Math.random,
  files: realFiles,
  openQueue: async (lent) => (await import('./sqs.ts')).sqsQueue(lent),
});
