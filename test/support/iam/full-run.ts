/** Whether a run was a full one: every test file there is was run whole, and nothing failed. */
import type { Vitest } from 'vitest/node';

/** Only then does it mean something that a grant was not used. */
export async function isFull(vitest: Vitest): Promise<boolean> {
  if (vitest.config.testNamePattern !== undefined) return false;
  const passed = new Set(
    vitest.state
      .getTestModules()
      // One that is skipped says so itself: what it needs is not on this machine.
      .filter((module) => ['passed', 'skipped'].includes(module.state()))
      .map(({ moduleId }) => moduleId),
  );
  const all = await vitest.globTestSpecifications();
  return all.every(({ moduleId }) => passed.has(moduleId));
}
