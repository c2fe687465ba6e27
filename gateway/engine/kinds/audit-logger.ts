/** `audit-logger`: a marker in the chain. Recording is the gateway's work, and no verdict comes of it. */
import type { Enforcement } from './enforcement.ts';

export const AUDIT_LOGGER: Enforcement<'audit-logger'> = {
  enforced: true,
  checks: () => ({ request: () => null }),
};
