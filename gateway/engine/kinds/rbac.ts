/** `rbac`: headers that must be there, and the tools of a role. */
import type { Check, Enforcement } from './enforcement.ts';
import { deniedByRole } from './tool-rules.ts';

export const RBAC: Enforcement<'rbac'> = {
  enforced: true,
  without: ['data_access', 'minimum_necessary'],
  checks({ deny_if_missing: required, require_auth: needsAuth, roles }) {
    const rules =
      roles &&
      new Map(
        Object.entries(roles).map(([role, { allowed_tools: allowed, denied_tools: denied }]) => [
          role,
          { allowed, denied },
        ]),
      );
    const tools: Check = (stage) => (rules ? deniedByRole(stage, rules, 'rbac') : null);
    return {
      request(stage) {
        const given = (name: string) => (stage.request.headers.get(name.toLowerCase()) ?? '').trim() !== '';
        if (needsAuth && !given('authorization'))
          return { verdict: 'block', reasonCode: 'rbac.unauthenticated' };
        const header = required.find((name) => !given(name));
        if (header !== undefined)
          return { verdict: 'block', reasonCode: 'rbac.missing_header', metadata: { header } };
        return tools(stage);
      },
      answer: tools,
    };
  },
};
