/** Documents written out in full, with the findings each must earn. */
import type { CorpusDocument } from '../expand.ts';

/** `findings`: `E034 policy.pii-detector.action`; none when it is right. */
export function written(name: string, text: string, ...findings: readonly string[]): CorpusDocument {
  return { name, text: text.replace(/^\n/, ''), findings };
}

export const PACK = 'pack: {name: corpus, version: 1.0.0, enabled: true}';

/** A configuration that runs one kind which needs nothing, and holds what is given beside it. */
export function beside(name: string, sections: string, ...findings: readonly string[]): CorpusDocument {
  const text = `${PACK}\npolicies: {chain: [rbac]}\npolicy: {rbac: {}}\n${sections.replace(/^\n/, '')}`;
  return { name, text, findings };
}

/** A configuration that runs the kind with these settings, in flow style, and holds what is given beside it. */
export function running(kind: string, block: string, ...findings: readonly string[]): CorpusDocument {
  const [settings = '', ...sections] = block.split('\n');
  const text = [
    PACK,
    `policies: {chain: [${kind}]}`,
    'policy:',
    `  ${kind}: ${settings.trim()}`,
    ...sections,
  ].join('\n');
  return { name: `${kind}: ${block.replaceAll(/\s+/g, ' ')}`, text, findings };
}

/** `providers` with these targets, each in flow style without its braces. */
export const targets = (...each: readonly string[]) =>
  `providers:\n  targets:\n${each.map((target) => `    - {${target}}\n`).join('')}`;
