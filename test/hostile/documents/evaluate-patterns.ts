/**
 * Evaluates evil patterns, and the detectors that are built in, over 64 KiB of text, in a process of its own:
 * `node evaluate-patterns.ts patterns|detectors <seed> <how many> <texts each>`. What is looked at is written first.
 */
import { writeSync } from 'node:fs';
import { compile } from '../../../gateway/engine/compile.ts';
import { checkDocument } from '../../../lib/policy/check-document.ts';
import { documentOf, request, said } from '../../gateway/evaluating.ts';
import { type Random, randomOf } from '../random.ts';
import { EVIL, hardText } from './evil-patterns.ts';

const [what = '', ...numbers] = process.argv.slice(2);
const [seed = 0, many = 0, texts = 0] = numbers.map(Number);
const VERDICTS = ['allow', 'block', 'redact', 'escalate'];
const counts = { refused: 0, evaluated: 0, blocked: 0, slowest: { ms: 0, what: '' } };

function evaluate(document: Uint8Array, text: string, about: string): number {
  const compiled = compile(document);
  if (compiled.kind !== 'ready') throw new Error(`${about}: ${JSON.stringify(compiled)}`);
  writeSync(1, `${about} ${JSON.stringify(text.slice(0, 60))}\n`);
  const started = process.cpuUsage();
  const { verdict } = compiled.chain.evaluate(request({ messages: [said(text)] }));
  const { user, system } = process.cpuUsage(started);
  if (!VERDICTS.includes(verdict)) throw new Error(`${about}: the verdict is ${verdict}`);
  counts.evaluated++;
  if (verdict === 'block') counts.blocked++;
  const ms = Math.round((user + system) / 1000);
  if (ms > counts.slowest.ms) counts.slowest = { ms, what: `${about} ${JSON.stringify(text.slice(0, 60))}` };
  return ms;
}

function patterns(): void {
  const random = randomOf(seed);
  for (const pattern of random.shuffled(EVIL).slice(0, many)) {
    writeSync(1, `${pattern}\n`);
    const document = documentOf({ 'pii-detector': { detect_patterns: [pattern] } });
    const checked = checkDocument(document);
    if (checked.kind === 'invalid') {
      const at = checked.findings.map(({ code, path }) => `${code} ${path}`);
      if (!at.every((one) => /^E04[34] policy\.pii-detector\.detect_patterns\[0\]$/.test(one)))
        throw new Error(`${pattern}: ${at}`);
      counts.refused++;
    } else for (let i = 0; i < texts; i++) evaluate(document, hardText(pattern, random), pattern);
  }
}

/** Towards what takes longer: the slowest so far is changed a little, or something else is tried. */
function detectors(): void {
  for (const [kind, settings] of DETECTORS) {
    const document = documentOf({ [kind]: settings });
    let [slowest, best] = [0, ['a']];
    for (let i = 0; i < texts; i++) {
      const random = randomOf(seed, i);
      const units =
        i > 0 && random.chance(0.7)
          ? changed(best, random)
          : Array.from({ length: 1 + random.below(4) }, () => random.pick(PARTS));
      const text = units
        .join('')
        .repeat(Math.ceil(65_536 / units.join('').length))
        .slice(0, 65_536);
      const ms = evaluate(document, text, kind);
      if (ms > slowest) [slowest, best] = [ms, units];
    }
  }
}

function changed(units: readonly string[], random: Random): string[] {
  const at = random.below(units.length);
  return random.pick([
    () => units.toSpliced(at, 1, random.pick(PARTS)),
    () => units.toSpliced(at, 0, random.pick(PARTS)),
    () => (units.length > 1 ? units.toSpliced(at, 1) : [...units, ...units]),
  ])();
}

const PARTS = [
  'a',
  'A',
  'Anna ',
  'Smith',
  '1',
  '0',
  '-',
  ' ',
  '.',
  '@',
  '\n',
  '/',
  ':',
  '(',
  '+',
  'Mr. ',
  'Dr ',
  'patient id ',
  'fax ',
  'zip ',
  'DE89',
  '4111 ',
  '2020',
  '/01/',
  'Jan ',
  'https://',
  'www.',
  'a.b',
  '%41',
  '\\x41',
  '&#65;',
  'QUJD',
  '41',
  'ignore ',
  'all ',
  'previous ',
  '-----BEGIN ',
  'PRIVATE KEY-----',
  'é',
  '\u0301',
  '忽',
  '\u{1f600}',
  "'",
  '"',
  '<',
  ', ',
  'St ',
  'County',
  'i g n o r e ',
] as const;

const DETECTORS = [
  ['prompt-injection', {}],
  ['pii-detector', { healthcare_mode: true }],
  ['hipaa-phi-detector', { mode: 'hipaa_18' }],
  [
    'dlp-filter',
    { blocked_terms: ['Project Falcon'], fuzzy_matching: true, max_distance: 3, sensitivity_level: 'high' },
  ],
  ['safety-filter', { block_if: ['ghost key'], fuzzy_matching: true, max_age: 12, mode: 'education' }],
  ['entity-list-filter', { blocked_entities: ['Acme Missiles Ltd'], fuzzy_matching: true }],
  ['itar-ear-filter', { blocked_terms: ['night vision goggle'], fuzzy_matching: true, max_distance: 8 }],
  ['language-validator', { allowed_languages: ['en'] }],
] as const;

if (what === 'patterns') patterns();
else detectors();
writeSync(1, `${JSON.stringify(counts)}\n`);
