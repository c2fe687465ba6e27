/** The JSON Schema of policy documents: what editors check while somebody writes. */
import * as z from 'zod';
import { SINGLE_KINDS } from './kinds.ts';
import { CONFIG_DOCUMENT, singleDocument } from './schema/document.ts';
import { ENV_KEY, environmentName, NOTES, requires } from './schema/fields.ts';

/**
 * Draft 7, as most editors read it. Says all that `checkDocument` says about shape: an error there whose code is
 * `inSchema` is an error here, and the other way round; text is measured in characters here and in UTF-16 units there.
 */
export function policyJsonSchema(): Record<string, unknown> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'policy-config.yaml',
    description: 'What an AI gateway enforces.',
    type: 'object',
    if: IS_SINGLE,
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { anyOf: SINGLE_KINDS.map((kind) => jsonSchemaOf(singleDocument(kind))) },
    else: jsonSchemaOf(CONFIG_DOCUMENT),
  };
}

/** As `isSingleDocument` tells them apart. */
const IS_SINGLE = {
  not: { anyOf: [requires('pack'), requires('policies')] },
  required: ['policy'],
  properties: {
    policy: {
      type: 'object',
      anyOf: [requires('name'), requires('version'), requires('enabled')],
    },
  },
};

function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (NOTES.get(zodSchema)?.takesEnvKeys)
        jsonSchema.patternProperties = { [ENV_KEY.source]: jsonSchemaOf(environmentName) };
    },
  });
  return json;
}
