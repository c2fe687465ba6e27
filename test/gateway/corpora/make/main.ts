/** Makes the generated corpora: `node test/gateway/corpora/make/main.ts`. The same texts each time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { make as firewall } from './agent-firewall.ts';
import { make as citations } from './citation-verifier.ts';
import { make as health } from './hipaa-phi-detector.ts';
import { make as languages } from './language-validator.ts';
import { make as personal } from './pii-detector.ts';
import { make as injections } from './prompt-injection.ts';
import { make as roles } from './rbac.ts';
import { make as safety } from './safety-filter.ts';
import { make as terms } from './terms.ts';

/** By detector. */
export function generatedCorpora(): ReadonlyMap<string, string> {
  return new Map([
    ['prompt-injection', injections()],
    ['pii-detector', personal()],
    ['hipaa-phi-detector', health()],
    ['safety-filter', safety()],
    ['language-validator', languages()],
    ['citation-verifier', citations()],
    ['agent-firewall', firewall()],
    ['rbac', roles()],
    ...terms(),
  ]);
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, '../generated');
  mkdirSync(folder, { recursive: true });
  for (const [detector, text] of generatedCorpora()) writeFileSync(join(folder, `${detector}.txt`), text);
}
