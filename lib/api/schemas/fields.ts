/** Fields that several requests and responses share. */
import * as z from 'zod';
import { CONFIGURATION_ID } from '../../domain/configuration.ts';
import { Fault } from '../../domain/fault.ts';

/** Half a character (a lone surrogate) cannot be stored, and what is made of it instead nobody wrote. */
export const whole = [(text: string) => text.isWellFormed(), { error: 'holds half a character' }] as const;

/** What a person calls a thing: one line. Trimmed last, so that nothing is taken that the description refuses. */
export const name = z
  .string()
  .max(200)
  .regex(/^\P{Cc}*$/u, { error: 'holds a control character' })
  .refine(...whole)
  .trim()
  .min(1);

export const description = z
  .string()
  .max(2000)
  .refine(...whole);

/** Events of the whole organisation carry the team `org`, so no team may be called that. */
export const team = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
    error: 'is 1 to 100 letters, digits, dots, hyphens or underscores, and begins with a letter or digit',
  })
  .refine((text) => text.toLowerCase() !== 'org', { error: 'org means the whole organisation' });

export const configurationId = z.string().regex(CONFIGURATION_ID, {
  error: 'is 1 to 200 letters, digits, dots, hyphens or underscores, and begins with a letter or digit',
});

export const gatewayId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, {
  error: 'is not the id of a gateway',
});

const MOST_LABELS = 50;

export const labels = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/, {
      error: 'a label is named by 1 to 63 letters, digits, dots, slashes, hyphens or underscores',
    }),
    z
      .string()
      .max(256)
      .refine(...whole),
  )
  .refine((all) => Object.keys(all).length <= MOST_LABELS, { error: `at most ${MOST_LABELS} labels` });

const TIME = { error: 'is a time as in 2026-01-31T12:00:00Z (RFC 3339)' };

/** With its offset it must be of the years 0 to 9999 still: times are compared as text, where others sort anywhere. */
export const time = z.iso.datetime({ offset: true, ...TIME }).refine((text) => {
  const year = new Date(text).getUTCFullYear();
  return !(year < 0 || year > 9999);
}, TIME);

/** Text that a pure parser of ours judges; its message never repeats the text. */
export function parsedBy(parse: (text: string) => string) {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // The field's name comes before it: "repo_url: has no usable host name".
      const message = error.message.replace(/^the (repository URL|branch|path) /, '');
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });
}

/** Something must change: an empty change is a mistake of whoever wrote it. */
export const notEmpty = [
  (patch: object) => Object.values(patch).some((value) => value !== undefined),
  { error: 'name at least one field to change' },
] as const;
