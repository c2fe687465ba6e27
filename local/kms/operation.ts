/** One operation of the local KMS: its request checked, its failures by AWS's names. */
import * as z from 'zod';
import { KmsFailure } from './failure.ts';
import type { Keyring } from './keyring.ts';

export type Operation = (request: unknown, keys: Keyring) => object;

/** Validates like KMS: a wrong shape is a `ValidationException`. */
export function operation<S extends z.ZodRawShape>(
  shape: S,
  run: (request: z.output<z.ZodObject<S>>, keys: Keyring) => object | undefined,
): Operation {
  const schema = z.object(shape);
  return (input, keys) => {
    const request = schema.safeParse(input);
    if (!request.success) throw new KmsFailure('ValidationException', z.prettifyError(request.error));
    return run(request.data, keys) ?? {};
  };
}

/** Base64 of 1 to `max` bytes. */
export const blob = (max: number) =>
  z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((bytes) => bytes.length >= 1 && bytes.length <= max, `must be 1 to ${max} bytes`);
export const keyId = z.string().min(1).max(2048);

export function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}
