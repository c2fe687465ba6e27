/** Signed bytes: what a signature is over, so that signer and verifier cannot differ. */

/**
 * A label, so that the signature means nothing elsewhere, a newline, and the fields as JSON, in the order given and
 * without white space.
 */
export function signedBytes<T>(label: string, value: T, fields: readonly (keyof T & string)[]): Uint8Array {
  const members = fields.map((field) => `${JSON.stringify(field)}:${JSON.stringify(value[field])}`);
  return Buffer.from(`${label}\n{${members.join(',')}}`, 'utf8');
}
