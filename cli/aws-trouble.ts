/** What an error of AWS means to an operator, in words that say what to do. */

const CREDENTIALS = new Set([
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'TokenProviderError',
  'UnrecognizedClientException',
]);

export function troubleWithTable(error: unknown, table: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'ResourceNotFoundException')
    return `there is no table "${table}" in this account and region; the stack's output TableName names it`;
  if (error.name === 'ValidationException')
    return `"${table}" is not the table of this stack (its output TableName names it): ${error.message}`;
  if (CREDENTIALS.has(error.name))
    return `AWS did not accept or find credentials that may write to "${table}": ${error.message}`;
  if (/region (is missing|not accepted)/i.test(error.message))
    return 'which region? Give --region, or set AWS_REGION';
  return `the table "${table}" could not be asked: ${describe(error)}`;
}

/** A connection that fails on every address is an error without a message of its own. */
function describe(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return error.message || code || error.name;
}
