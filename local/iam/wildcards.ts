/** Wildcards of IAM: `*` is any text, `?` any one character, and an ARN is matched part by part. */

export type Matcher = (text: string) => boolean;

/** Values and actions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
export function wildcard(pattern: string): Matcher {
  if (pattern === '*') return () => true;
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  const [start = '', ...rest] = pattern.split('*');
  // The patterns of our own roles: some text, then anything.
  if (rest.length === 1 && rest[0] === '' && !start.includes('?')) return (text) => text.startsWith(start);
  const expression = new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  );
  return (text) => expression.test(text);
}

const ARN_PARTS = 6;

/**
 * A `*` in a part of an ARN ends at the colon, except in the last part, which is the service's own affair
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html). `*` alone is everything.
 */
export function arnWildcard(pattern: string): Matcher {
  if (pattern === '*') return () => true;
  const matchers = partsOf(pattern).map(wildcard);
  if (matchers.length < ARN_PARTS) throw new Error(`${pattern} is no ARN`);
  // Most of those that our roles name, at every call.
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  return (text) => {
    const parts = partsOf(text);
    return parts.length === ARN_PARTS && matchers.every((matches, i) => matches(parts[i] ?? ''));
  };
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, ARN_PARTS - 1), ...(parts.length < ARN_PARTS ? [] : [parts.slice(5).join(':')])];
}
