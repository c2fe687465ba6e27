/** `rbac`: headers that must be there, the tools of a role, and which roles may have data of patients. */

import { readingsIn } from '../text/escapes.ts';
import { findAll } from '../text/finder.ts';
import { CARE, type CareLabel } from '../text/health.ts';
import { SEEN, viewOf } from '../text/view.ts';
import type { Block, Check, Enforcement, Opinion, Stage } from './enforcement.ts';
import { deniedByRole, ROLE_HEADER } from './tool-rules.ts';

const CARE_LABELS = Object.keys(CARE) as CareLabel[];

export const RBAC: Enforcement<'rbac'> = {
  enforced: true,
  // How sensitive a request is, nothing in it says.
  without: ['data_access'],
  checks({ deny_if_missing: required, require_auth: needsAuth, roles, minimum_necessary: necessary }) {
    const rules =
      roles &&
      new Map(
        Object.entries(roles).map(([role, { allowed_tools: allowed, denied_tools: denied }]) => [
          role,
          { allowed, denied },
        ]),
      );
    const rest: Check = (stage) =>
      (rules ? deniedByRole(stage, rules, 'rbac') : null) ?? unnecessary(stage, necessary);
    return {
      readsContent: necessary?.enabled === true,
      request(stage) {
        const given = (name: string) => (stage.request.headers.get(name.toLowerCase()) ?? '').trim() !== '';
        if (needsAuth && !given('authorization'))
          return { verdict: 'block', reasonCode: 'rbac.unauthenticated' };
        const header = required.find((name) => !given(name));
        if (header !== undefined)
          return { verdict: 'block', reasonCode: 'rbac.missing_header', metadata: { header } };
        return rest(stage);
      },
      // Without either, answers need not wait for this.
      ...(rules || necessary?.enabled ? { answer: rest } : {}),
    };
  },
};

/** Numbers of records and of health plans, birth dates of patients and the like are for the roles that are named. */
function unnecessary(
  { request, messages, budget }: Stage,
  necessary: Block<'rbac'>['minimum_necessary'],
): Opinion | null {
  if (!necessary?.enabled) return null;
  const role = request.headers.get(ROLE_HEADER);
  if (role !== undefined && necessary.allowed_phi_roles?.includes(role)) return null;
  const isFound = readingsIn(messages).some(
    (text) => findAll(CARE, CARE_LABELS, viewOf(text, SEEN).text, budget).length > 0,
  );
  return isFound ? { verdict: 'block', reasonCode: 'rbac.phi_not_permitted' } : null;
}
