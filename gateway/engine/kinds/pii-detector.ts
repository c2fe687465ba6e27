/** `pii-detector`: personal data in what goes out and in what comes back. */
import { compilePattern } from '../text/pattern.ts';
import { type PersonalLabel, personalIn } from '../text/personal.ts';
import type { Find } from '../text/replace.ts';
import { SEEN, viewOf } from '../text/view.ts';
import type { Enforcement } from './enforcement.ts';
import { redacting } from './redacting.ts';

const LABELS: readonly PersonalLabel[] = ['email', 'iban', 'ssn', 'ip_address', 'phone'];

export const PII_DETECTOR: Enforcement<'pii-detector'> = {
  enforced: true,
  without: ['healthcare_mode'],
  checks(block) {
    const labels: readonly PersonalLabel[] = block.pci_mode ? [...LABELS, 'card'] : LABELS;
    const own = block.detect_patterns.map((source) => compilePattern(source));
    const { custom_markers: markers = {}, preserve_length: keepLength = false } = block.redaction ?? {};
    const check = redacting({
      action: block.action,
      reasonCode: 'pii.detected',
      metadata: block.redaction?.include_metadata ?? true,
      find(text, budget) {
        const view = viewOf(text, SEEN);
        const custom = own.flatMap((pattern) => pattern.find(view.text, budget));
        return [
          ...personalIn(view.text, labels),
          ...custom.map((span) => ({ ...span, label: 'custom' })),
        ].map((find) => ({ ...find, ...view.original(find) }));
      },
      marker(find) {
        const marker = Object.hasOwn(markers, find.label) ? markers[find.label] : undefined;
        return fitted(marker ?? `[${find.label.toUpperCase()}]`, find, keepLength);
      },
    });
    return { request: check, answer: check };
  },
};

function fitted(marker: string, { start, end }: Find, keepLength: boolean): string {
  return keepLength ? marker.slice(0, end - start).padEnd(end - start, '*') : marker;
}
