/** `hipaa-phi-detector`: the identifiers that Safe Harbor takes out of a record, by their forms. */
import { findAll } from '../text/finder.ts';
import { HEALTH, type HealthLabel } from '../text/health.ts';
import { ADDRESSES } from '../text/places.ts';
import { SEEN, viewOf } from '../text/view.ts';
import type { Enforcement } from './enforcement.ts';
import { redacting } from './redacting.ts';

const ALL = Object.keys(HEALTH) as HealthLabel[];

/** What a limited data set may keep, 45 CFR 164.514(e)(2): dates and ages, and of places all but the address. */
const LIMITED = { ...HEALTH, geographic: ADDRESSES, date: [] };

export const HIPAA_PHI_DETECTOR: Enforcement<'hipaa-phi-detector'> = {
  enforced: true,
  checks({ action = 'redact', safe_harbor_method: safeHarbor = true }) {
    const finders = safeHarbor ? HEALTH : LIMITED;
    const check = redacting({
      action,
      reasonCode: 'hipaa_phi.detected',
      metadata: true,
      find(text, budget) {
        const view = viewOf(text, SEEN);
        return findAll(finders, ALL, view.text, budget).map((find) => ({ ...find, ...view.original(find) }));
      },
      marker: ({ label }) => `[${label.toUpperCase()}]`,
    });
    return { request: check, answer: check };
  },
};
