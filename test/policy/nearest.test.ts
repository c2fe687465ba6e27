import { describe, expect, it } from 'vitest';
import { KINDS } from '../../lib/policy/kinds.ts';
import { nearest } from '../../lib/policy/nearest.ts';

describe('the nearest known name', () => {
  it.each([
    ['pii_detector', 'pii-detector'],
    ['PII-Detector', 'pii-detector'],
    ['prompt-injektion', 'prompt-injection'],
    ['promptinjection', 'prompt-injection'],
    ['spendlimit', 'spend-limit'],
    ['rbca', 'rbac'],
    ['rbxy', null],
    ['rbacs', 'rbac'],
    ['something-else-entirely', null],
    ['', null],
    ['x'.repeat(10_000), null],
  ])('of %s is %s', (name, expected) => {
    expect(nearest(name, KINDS)).toBe(expected);
  });
});
