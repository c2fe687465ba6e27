/** What is sent and answered about configurations. */
import * as z from 'zod';
import { cursor } from '../paging.ts';
import { configurationId, description, labels, name, notEmpty, team } from './fields.ts';
import { request, response } from './registry.ts';

const policyYaml = z
  .string()
  .refine((text) => text.isWellFormed(), { error: 'is not valid Unicode' })
  .describe('The policy document; its exact bytes become a version.');

export const CONFIGURATION_REQUEST = request(
  'ConfigurationRequest',
  z.strictObject({
    id: configurationId.optional().describe('Made from the name when left out.'),
    name,
    description: description.default(''),
    labels: labels.default({}),
    policy_yaml: policyYaml.optional(),
    team: team.optional(),
  }),
);

export const CONFIGURATION_PATCH = request(
  'ConfigurationPatch',
  z
    .strictObject({
      name: name.optional(),
      description: description.optional(),
      labels: labels.optional(),
      policy_yaml: policyYaml.optional(),
    })
    .refine(...notEmpty),
);

const versionRef = z
  .strictObject({
    id: z.string(),
    number: z.int(),
    content_hash: z.string(),
    commit: z.string().nullable(),
  })
  .nullable();

export const CONFIGURATION = response(
  'Configuration',
  z.strictObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    labels: z.record(z.string(), z.string()),
    team: z.string(),
    content_hash: z.string().nullable().describe('SHA-256 of the exact bytes that are active.'),
    active_version: versionRef,
    head_version: versionRef,
    sequence: z.int(),
    hold: z
      .strictObject({ until: z.string(), reason: z.string(), actor: z.string(), at: z.string() })
      .nullable(),
    source: z.enum(['git', 'api']),
    git: z.strictObject({ link_id: z.string(), path: z.string() }).nullable(),
    created_at: z.string(),
    updated_at: z.string(),
  }),
);

export const CONFIGURATION_LIST = response(
  'ConfigurationList',
  z.strictObject({ data: z.array(CONFIGURATION), next: z.string().optional() }),
);

export const CONFIGURATION_QUERY = z.strictObject({ team: team.optional(), cursor });
