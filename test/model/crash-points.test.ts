/** Whatever goes wrong at whichever call: what was asked for is done in the end, whole, once, and told of. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, FaultPoint, faultsOf, type PlannedFault } from '../support/faults.ts';
import { seedOf, tally, times } from '../support/soak.ts';
import { type Functions, functionsOver, redeliver } from './crash/functions.ts';
import { immutableRows, wrongIn } from './crash/integrity.ts';
import { Misled, SCENARIOS, type Scenario } from './crash/scenarios.ts';
import { remembered, type Stage, settle } from './crash/stage.ts';

/** Many runs, on a machine that may be busy with others. */
const LONGEST = times(180_000, 6 * 3_600_000);

interface Place {
  readonly scenario: Scenario;
  readonly again: () => Promise<Stage>;
  readonly call: Call;
}

const siteOf = ({ service, operation, site }: Call) => `${service} ${operation} at ${site}`;

/** Every call that a scenario makes when nothing goes wrong, by the site it is made from. */
const sites = new Map<string, Place[]>();
const clients = new Set<string>();

beforeAll(async () => {
  for (const scenario of SCENARIOS) {
    const again = remembered(await scenario.prepare());
    const { point } = await run({ scenario, again }, null);
    for (const call of point.calls) {
      clients.add(`${call.client} ${call.operation}`);
      sites.set(siteOf(call), [...(sites.get(siteOf(call)) ?? []), { scenario, again, call }]);
    }
  }
});

/** Runs a scenario with something going wrong, then lets time do its work; throws when something is not as it should be. */
async function run({ scenario, again }: Pick<Place, 'scenario' | 'again'>, planned: PlannedFault | null) {
  const at = await again();
  const before = immutableRows(at.here);
  scenario.wire?.(at);
  const point = new FaultPoint(planned, planned === null);
  const functions = functionsOver(at.here, point);
  const attempt = scenario.act(functions, at, false).then(
    () => 'done' as const,
    (error: unknown) => {
      // The caller was sent away for good, or a test is wrong.
      if (error instanceof Misled) throw error;
      return 'failed' as const;
    },
  );
  const ending = await Promise.race([attempt, point.died]);
  if (planned === null) expect(ending).toBe('done');
  redeliver(at.here, functions);
  // Whoever was not answered asks again, of another process.
  if (ending !== 'done') await scenario.act(cleanFunctions(at), at, true);
  await settle(at.here);
  const wrong = wrongIn(at.here, before);
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return { point, ending };
}

function cleanFunctions({ here }: Stage): Functions {
  const functions = functionsOver(here, new FaultPoint());
  const work = async () => {
    await functions.work();
    redeliver(here, functions);
  };
  return { ...functions, work };
}

/** Every call to a client in the source, as `file#function Operation`. */
function callsInSource(): readonly string[] {
  const folder = join(import.meta.dirname, '../../lib/aws');
  return readdirSync(folder).flatMap((file) => {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    return lines.flatMap((line, at) => {
      if (!line.includes('client.send(')) return [];
      const operation =
        /new (\w+)Command\b/.exec(lines.slice(at, at + 3).join(' '))?.[1] ?? commandBefore(lines, at);
      return [`aws/${file.replace(/\.ts$/, '')}#${enclosing(lines, at)} ${operation}`];
    });
  });
}

/** A command that was made on a line before it is sent. */
const commandBefore = (lines: readonly string[], at: number) =>
  lines
    .slice(0, at)
    .findLast((line) => /new \w+Command\(/.test(line))
    ?.replace(/^.*new (\w+)Command\(.*$/, '$1') ?? 'unknown';

function enclosing(lines: readonly string[], at: number): string {
  const head = /^(?:export )?(?:async )?function\*? (\w+)|^ {4}(?:async )?(\w+)\(.*\{$/;
  const match = lines
    .slice(0, at)
    .reverse()
    .map((line) => head.exec(line))
    .find((found) => found !== null);
  return match?.[1] ?? match?.[2] ?? 'unknown';
}

describe('a fault below the ports', () => {
  it('can be put at every call that is in the source', () => {
    const inSource = callsInSource();
    expect(inSource.length).toBeGreaterThan(15);
    expect([...clients].filter((client) => client.startsWith('aws/')).sort()).toEqual(
      [...new Set(inSource)].sort(),
    );
  });

  it(
    'leaves nothing half done, lost, doubled or untold',
    async () => {
      const names = [...sites.keys()].sort();
      const seed = seedOf(20261116);
      const perSite = times(1, 210);
      const counts = { faults: 0, died: 0, repeated: 0 };
      const kills = new Map(names.map((name) => [name, 0]));
      const wrong: string[] = [];
      const random = randomFrom(seed);
      const turn = random();
      for (let index = 0; index < names.length * perSite; index++) {
        const name = names[index % names.length] ?? '';
        const places = sites.get(name) ?? [];
        const place = places[random() % places.length];
        const faults = place ? faultsOf(place.call) : [];
        // In turn, so that every kind comes to every site.
        const fault = faults[(turn + index + Math.floor(index / names.length)) % faults.length];
        if (!place || !fault) throw new Error(`nothing can go wrong at ${name}`);
        const planned = { at: place.call.number, ...fault };
        try {
          const { point, ending } = await run(place, planned);
          if (point.struck) counts.faults++;
          if (point.struck) kills.set(name, (kills.get(name) ?? 0) + 1);
          if (ending === 'died') counts.died++;
          if (ending !== 'done') counts.repeated++;
        } catch (error) {
          wrong.push(
            `${place.scenario.name}: ${JSON.stringify(planned)} ${name}: ${error instanceof Error ? error.message : error}`,
          );
        }
      }
      tally('crash points', {
        sites: names.length,
        ...counts,
        leastPerSite: Math.min(...kills.values()),
        seed,
      });
      expect(wrong).toEqual([]);
    },
    LONGEST,
  );
});

/** Whole numbers below 2^32 (mulberry32): the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
