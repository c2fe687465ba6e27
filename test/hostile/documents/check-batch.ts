/**
 * Checks a batch of hostile documents in a process of its own: `node check-batch.ts <seed> <from> <to>`. The number
 * of each document is written before it is checked, so that whoever waits knows where it ended; then the counts.
 */
import { writeSync } from 'node:fs';
import { checkDocument } from '../../../lib/policy/check-document.ts';
import { CODES } from '../../../lib/policy/codes.ts';
import { MAX_DEPTH } from '../../../lib/policy/nesting.ts';
import { MAX_DOCUMENT_BYTES } from '../../../lib/policy/parse-tree.ts';
import { preScan } from '../../../lib/policy/pre-scan.ts';
import { MAX_FINDINGS } from '../../../lib/policy/report.ts';
import { randomOf } from '../random.ts';
import { hostileDocument } from './grammar.ts';

/** Of keys, values and list entries: what bounds the work of all that comes after. */
const MOST_VALUES = 40_000;

const [seed = 0, from = 0, to = 0] = process.argv.slice(2).map(Number);
const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const before = everything();
const counts = {
  checked: 0,
  valid: 0,
  invalid: 0,
  codes: {} as Record<string, number>,
  slowest: { ms: 0, which: -1, family: '', bytes: 0 },
};

for (let which = from; which < to; which++) {
  writeSync(1, `${which}\n`);
  const { bytes, family } = hostileDocument(randomOf(seed, which));
  const started = process.cpuUsage();
  const result = checkDocument(bytes);
  const { user, system } = process.cpuUsage(started);
  const ms = (user + system) / 1000;
  if (ms > counts.slowest.ms) counts.slowest = { ms: Math.round(ms), which, family, bytes: bytes.length };
  counts.checked++;
  counts[result.kind]++;
  const findings = result.kind === 'valid' ? result.warnings : result.findings;
  insist(
    result.kind === 'valid' || findings.some(({ severity }) => severity === 'error'),
    'says what is wrong',
    which,
  );
  insist(findings.length <= MAX_FINDINGS, 'is bounded in what it says', which);
  for (const { code, message, suggestion, path, line, column } of findings) {
    counts.codes[code] = (counts.codes[code] ?? 0) + 1;
    insist(Object.hasOwn(CODES, code), `has a known code, not ${code}`, which);
    insist(
      Math.max(message.length, suggestion.length, path.length) <= 300 && message !== '',
      'is bounded in its words',
      which,
    );
    insist(line >= 1 && column >= 1, 'says where', which);
  }
  if (result.kind === 'valid') {
    const { pack, chain } = result.document;
    insist(
      typeof pack.name === 'string' && chain.length > 0 && Object.getPrototypeOf(pack) === Object.prototype,
      'is a document',
      which,
    );
  }
  insist(!('polluted' in {}) && !('polluted' in []), 'pollutes nothing', which);
  boundedBeforeParsing(bytes, result.kind, which);
}
const after = everything();
insist(
  after.length === before.length && after.every((part, i) => Object.is(part, before[i])),
  'leaves the prototypes alone',
  to,
);
writeSync(1, `${JSON.stringify(counts)}\n`);

/** The names and the values of what all objects share. */
function everything(): unknown[] {
  return prototypes.flatMap((prototype) =>
    Reflect.ownKeys(prototype).flatMap((key) => {
      const { value, get, set } = Object.getOwnPropertyDescriptor(prototype, key) ?? {};
      return [key, value, get, set];
    }),
  );
}

/** What the parser got to see was counted, and within its bounds. */
function boundedBeforeParsing(bytes: Uint8Array, kind: string, which: number): void {
  insist(bytes.length <= MAX_DOCUMENT_BYTES || kind === 'invalid', 'refuses what is too large', which);
  if (bytes.length > MAX_DOCUMENT_BYTES) return;
  const text = new TextDecoder().decode(bytes);
  const { depth, values, obstacle } = preScan(text);
  if (obstacle) return;
  insist(depth <= MAX_DEPTH && values <= MOST_VALUES, 'is counted', which);
}

function insist(holds: boolean, what: string, which: number): void {
  if (!holds) throw new Error(`document ${which} of seed ${seed}: a check ${what}`);
}
