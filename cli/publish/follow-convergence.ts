/** Follow convergence: wait until every gateway of a configuration runs a version, or it is clear that one will not. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../api-client.ts';
import type { Stream } from '../output.ts';
import { progressOn } from '../progress.ts';
import { CONVERGENCE, type Convergence } from './answers.ts';
import { convergencePath, readConvergence } from './standings.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;

export type Followed =
  | { readonly kind: 'converged'; readonly convergence: Convergence }
  /** Not all of them within the time, or all that are left refuse. */
  | { readonly kind: 'stragglers'; readonly convergence: Convergence }
  /** Somebody put another version in force meanwhile. */
  | { readonly kind: 'superseded'; readonly convergence: Convergence };

export async function followConvergence(
  api: Api,
  { configuration, contentHash }: { readonly configuration: string; readonly contentHash: string },
  { seconds, watcher }: { readonly seconds: number; readonly watcher: Stream },
): Promise<Followed> {
  const end = Date.now() + seconds * 1000;
  const progress = progressOn(watcher);
  try {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      const { value } = await api.call('GET', `${convergencePath(configuration)}?limit=1`, CONVERGENCE);
      const { bound, converged, refused, lagging, offline } = value.counts;
      progress.show(converged, bound, wordsFor({ refused, lagging, offline }));
      if (value.content_hash !== contentHash) return { kind: 'superseded', convergence: value };
      // A gateway that was bound a moment ago may not be counted yet, and a fleet of none has converged.
      if (value.converged && bound > 0) return { kind: 'converged', convergence: value };
      const left = end - Date.now();
      // A gateway that refused waits for another version: no time of ours changes its mind.
      if (left <= 0 || (refused > 0 && lagging + offline === 0))
        return { kind: 'stragglers', convergence: await readConvergence(api, configuration) };
      await sleep(Math.min(pause, left));
    }
  } finally {
    progress.end();
  }
}

function wordsFor(counts: Readonly<Record<string, number>>): string {
  const others = Object.entries(counts).filter(([, count]) => count > 0);
  return ['converged', ...others.map(([state, count]) => `${count} ${state}`)].join(', ');
}
