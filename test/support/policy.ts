/** Policy documents of tests. */

/** A policy document; what varies in tests varies here. */
export function policy(
  options: { name?: string; id?: string; version?: string; limit?: number } = {},
): string {
  const { name = 'payments', id, version = '1.0.0', limit = 100 } = options;
  return [
    'pack:',
    `  name: ${name}`,
    `  version: ${version}`,
    '  enabled: true',
    ...(id ? [`  id: ${id}`] : []),
    'policies:',
    '  chain: [spend-limit]',
    'policy:',
    `  spend-limit: {max_daily_usd: ${limit}}`,
    '',
  ].join('\n');
}
