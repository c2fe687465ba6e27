/** Require a valid document: what goes on to gateways is checked before anything else happens. */
import { EXIT } from '../exit-code.ts';
import { Failure } from '../failure.ts';
import { text } from './formats/text.ts';
import { lintBytes } from './lint.ts';
import type { LintedDocument } from './lint-result.ts';

/** Throws with the findings. */
export function requireValid(name: string, bytes: Uint8Array, strict: boolean): LintedDocument {
  const result = lintBytes(name, bytes, strict);
  if (result.document) return result.document;
  const findings = text([result], { paint: (_, words) => words });
  throw new Failure(
    EXIT.no,
    'the document is not valid; nothing was changed',
    findings.trimEnd().split('\n'),
  );
}
