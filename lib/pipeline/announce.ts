/** Announce: ask for the fan-out of what just became active. */
import type { FanOutQueue } from '../ports.ts';

/** Best effort: if the message is lost, the mark that the transaction left brings it back. */
export async function announce(
  configuration: string,
  sequence: number,
  { fanOutQueue }: { readonly fanOutQueue: FanOutQueue },
): Promise<void> {
  await fanOutQueue.send([{ configuration, sequence, after: null }]).catch(() => {});
}
