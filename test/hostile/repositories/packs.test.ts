import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULT_CLASSES, Fault } from '../../../lib/domain/fault.ts';
import { gitHost } from '../../../lib/git/git-host.ts';
import { seedOf, tally, times } from '../../support/soak.ts';
import { answer, gitScript, type HostileServer, packAnswer, startHostileServer } from './hostile-server.ts';
import { type LyingAnswer, lyingAnswer, lyingBody, sha1 } from './lying-pack.ts';
import { expectTrue, KNOWN, requestAt, TRUE_PACK } from './truth.ts';

const LOOPBACK = { allowedNetworks: ['127.0.0.1/32'] };
const HONEST = answer(packAnswer(TRUE_PACK));
const ends: Record<string, number> = {};

let server: HostileServer;
let host: ReturnType<typeof gitHost>;
let repositories = 0;
beforeAll(async () => {
  server = await startHostileServer();
  host = gitHost({ ...LOOPBACK, bounds: { requestMs: 5_000 } });
});
afterAll(async () => {
  host.close();
  await server.close();
});

/** Ends in the truth or in a fault that says what is wrong. Each time another repository: nothing is remembered of it. */
async function read(body: Buffer, { lying, known }: Pick<LyingAnswer, 'lying' | 'known'>): Promise<string> {
  const lies = answer(body);
  let left = lying;
  server.script = gitScript({
    fetch: (socket, asked) => {
      left -= 1;
      (left >= 0 ? lies : HONEST)(socket, asked);
    },
  });
  repositories += 1;
  const memory = known ? KNOWN : null;
  const request = requestAt(`${server.url}/team/${repositories}`, memory);
  try {
    const result = await host.read(request);
    expectTrue(result, memory);
    return 'the truth';
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(FAULT_CLASSES).toContain(error.class);
    expect(error.message).toMatch(/^[\x20-\x7e’]{20,500}$/);
    expect(error.message).not.toContain('c4nary');
    return error.class;
  }
}

describe('a pack that lies', () => {
  it('is read as it is when it does not', async () => {
    for (const lineBytes of [1, 60_000])
      for (const known of [false, true]) {
        expect(await read(packAnswer(TRUE_PACK, lineBytes), { lying: 1, known })).toBe('the truth');
      }
  });

  it('in any of its fields, sizes, deltas, streams and bytes never makes us take a wrong file', async () => {
    const seed = seedOf(20_261_121);
    const runs = times(700, 24_000);
    await fc.assert(
      fc.asyncProperty(lyingAnswer, async (lying) => {
        const end = await read(lyingBody(lying), lying);
        ends[end] = (ends[end] ?? 0) + 1;
      }),
      { seed, numRuns: runs, endOnFailure: true },
    );
    // A host that lies only at first is read all the same, and lies are told apart from bad luck.
    expect(ends['the truth']).toBeGreaterThan(runs / 20);
    expect(ends['network']).toBeGreaterThan(runs / 20);
    tally('hostile packs', { mutations: runs, seed, ...ends });
  });

  it('is damage wherever it is cut, with a checksum that fits or without', async () => {
    const step = times(9, 1);
    let cuts = 0;
    for (let end = 0; end < TRUE_PACK.length; end += step) {
      const content = TRUE_PACK.subarray(0, Math.max(0, end - 20));
      for (const pack of [TRUE_PACK.subarray(0, end), Buffer.concat([content, sha1(content)])]) {
        cuts += 1;
        expect(await read(packAnswer(pack), { lying: 1_000, known: false })).toBe('network');
      }
    }
    tally('packs cut off', { cuts, bytes: TRUE_PACK.length });
  });
});
