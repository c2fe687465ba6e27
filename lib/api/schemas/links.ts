/** What is sent and answered about links (`/v1/git-repos`). */
import * as z from 'zod';
import { FAULT_CLASSES } from '../../domain/fault.ts';
import { POLL_INTERVAL } from '../../domain/link.ts';
import { PROVIDERS } from '../../domain/provider.ts';
import { parseBranch } from '../../git/parse-branch.ts';
import { parseRepositoryUrl } from '../../git/parse-repository-url.ts';
import { parseTrackedPath } from '../../git/parse-tracked-path.ts';
import { cursor } from '../paging.ts';
import { FINDING } from './error.ts';
import { configurationId, notEmpty, parsedBy, team, whole } from './fields.ts';
import { request, response } from './registry.ts';

const repoUrl = parsedBy(parseRepositoryUrl).describe(
  'https:// URL of the repository without credentials, or its SSH address: git@host:path or ssh://user@host:port/path.',
);
const pollInterval = z.int().min(POLL_INTERVAL.least).max(POLL_INTERVAL.most);
const accessToken = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\p{Cc}\s]+$/u, { error: 'holds white space or a control character' })
  .refine(...whole)
  .describe('Write-only: stored encrypted, never returned.');
const username = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}:]+$/u, { error: 'holds a colon or a control character' })
  .refine(...whole);

/** What is in it is judged with the repository: it is a key for that, or for nothing. */
const sshPrivateKey = z
  .string()
  .min(1)
  .max(16_384)
  .describe(
    'For an SSH address: a private key without a passphrase, as ssh-keygen writes it. Write-only: stored encrypted, never returned.',
  );
const knownHosts = z
  .string()
  .min(1)
  .max(16_384)
  .describe(
    'For an SSH address: the lines of an OpenSSH known_hosts file for its host. May be left out for github.com, gitlab.com, bitbucket.org and codeberg.org.',
  );

const PROVIDER = z.enum(PROVIDERS, { error: `is one of ${PROVIDERS.join(', ')}` });

export const LINK_REQUEST = request(
  'LinkRequest',
  z.strictObject({
    repo_url: repoUrl.optional(),
    url: repoUrl.optional().describe('The same as repo_url.'),
    branch: parsedBy(parseBranch).prefault('main'),
    path: parsedBy(parseTrackedPath).describe('A file, or a directory when it ends in /.'),
    provider: PROVIDER.optional().describe(
      'Inferred for well-known hosts, else generic: polled only, without a webhook.',
    ),
    poll_interval_seconds: pollInterval.default(POLL_INTERVAL.default),
    auto_create_configuration: z.boolean().default(false),
    configuration_id: configurationId.nullish(),
    access_token: accessToken.nullish(),
    username: username.nullish(),
    ssh_private_key: sshPrivateKey.nullish(),
    known_hosts: knownHosts.nullish(),
    team: team.optional(),
  }),
);

/** Named so that the refusal can say what to do instead. */
const fixed = z.never({ error: 'cannot be changed: delete the link and link anew' }).optional();

export const LINK_PATCH = request(
  'LinkPatch',
  z
    .strictObject({
      poll_interval_seconds: pollInterval.optional(),
      auto_create_configuration: z.boolean().optional(),
      configuration_id: configurationId.nullable().optional(),
      access_token: accessToken.nullable().optional(),
      username: username.nullable().optional(),
      ssh_private_key: sshPrivateKey.optional(),
      known_hosts: knownHosts.nullable().optional(),
      repo_url: fixed,
      url: fixed,
      branch: fixed,
      path: fixed,
    })
    .refine(...notEmpty),
);

const webhook = z.strictObject({
  id: z.string(),
  url: z.string(),
  provider: z.enum(['github', 'gitlab', 'bitbucket', 'gitea']),
  secret: z.string().optional().describe('Only when it was just made.'),
});

export const LINK = response(
  'Link',
  z.strictObject({
    id: z.string(),
    team: z.string(),
    repo_url: z.string(),
    branch: z.string(),
    path: z.string(),
    provider: PROVIDER,
    deploy_key: z
      .strictObject({
        fingerprint: z.string().describe('Of its public half, as git hosts show it.'),
        host_keys: z.array(z.string()).describe('Fingerprints of the keys that the host may show.'),
      })
      .nullable()
      .describe('For a repository that is read over SSH.'),
    poll_interval_seconds: z.int(),
    auto_create_configuration: z.boolean(),
    configuration_id: z.string().nullable(),
    status: z.enum(['pending', 'synced', 'error']),
    last_sync: z.string().nullable(),
    current_version: z.string().nullable().describe('SHA-256 of the content that was synced last.'),
    configuration_ids: z.array(z.string()),
    error: z
      .strictObject({
        class: z.enum(FAULT_CLASSES),
        message: z.string(),
        since: z.string(),
        next_try: z.string().nullable(),
        findings: z.array(FINDING).optional(),
      })
      .nullable(),
    webhook: webhook.nullable(),
    created_at: z.string(),
  }),
);

export const LINK_LIST = response('LinkList', z.array(LINK));

export const LINK_QUERY = z.strictObject({
  status: z.enum(['pending', 'synced', 'error']).optional(),
  team: team.optional(),
  cursor,
});

export const NO_FIELDS = request('NoFields', z.strictObject({}));

const WEEK_SECONDS = 7 * 24 * 3600;

export const HOOK_SECRET_REQUEST = request(
  'HookSecretRequest',
  z.strictObject({
    secret: z
      .string()
      .min(16)
      .max(256)
      .regex(/^[\x21-\x7e]+$/, { error: 'is printable ASCII without spaces' })
      .optional()
      .describe('Made for you when left out.'),
    overlap_seconds: z.int().min(0).max(WEEK_SECONDS).default(86_400),
  }),
);

export const HOOK_SECRET = response(
  'HookSecret',
  z.strictObject({
    webhook: webhook.required().extend({ old_secret_valid_until: z.string().nullable() }),
  }),
);
