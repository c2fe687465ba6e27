/** Routes of schemas: what editors check a policy document with as it is written. */
import { policyJsonSchema } from '../../policy/json-schema.ts';
import { route } from '../route.ts';

/** It changes with a deployment only. */
const PUBLIC_CACHE = { 'cache-control': 'public, max-age=300' };

let text: string | null = null;

/** Made once: anybody may ask for it. */
function schemaText(): string {
  text ??= JSON.stringify(policyJsonSchema());
  return text;
}

export const SCHEMA_ROUTES = [
  route({
    method: 'get',
    path: '/schemas/policy-config.json',
    needs: 'public',
    summary: 'The JSON Schema of policy documents, for editors',
    status: 200,
    response: { mediaType: 'application/schema+json' },
    handle: async () => ({ body: schemaText(), headers: PUBLIC_CACHE }),
  }),
];
