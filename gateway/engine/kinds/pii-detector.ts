/** `pii-detector`: personal data in what goes out and in what comes back. */

import { findAll } from '../text/finder.ts';
import { CARE, type CareLabel } from '../text/health.ts';
import { compilePattern } from '../text/pattern.ts';
import { PERSONAL, type PersonalLabel } from '../text/personal.ts';
import type { Find } from '../text/replace.ts';
import { SEEN, viewOf } from '../text/view.ts';
import type { Enforcement } from './enforcement.ts';
import { redacting } from './redacting.ts';

const LABELS: readonly PersonalLabel[] = ['email', 'iban', 'ssn', 'ip_address', 'phone'];

const CARE_LABELS: readonly CareLabel[] = ['birth_date', 'mrn', 'health_plan', 'provider'];

export const PII_DETECTOR: Enforcement<'pii-detector'> = {
  enforced: true,
  checks(block) {
    const labels: readonly PersonalLabel[] = block.pci_mode ? [...LABELS, 'card'] : LABELS;
    const care: readonly CareLabel[] = block.healthcare_mode ? CARE_LABELS : [];
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
          ...findAll(PERSONAL, labels, view.text, budget),
          ...findAll(CARE, care, view.text, budget),
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
