/** Deliveries the four hosts really send: what each one is, and what must be read from it. */
import type { HookProvider } from '../../lib/domain/provider.ts';
import type { Delivery } from '../../lib/providers/delivery.ts';
import type { Verdict } from '../../lib/providers/verdict.ts';
import { type DeliveryOptions, signedDelivery, signingToken } from '../support/deliveries.ts';

export const HOOK_PROVIDERS = [
  'github',
  'gitlab',
  'bitbucket',
  'gitea',
] as const satisfies readonly HookProvider[];
export const NOW = new Date('2026-03-14T09:27:00Z');
export const BEFORE = 'b'.repeat(40);
export const AFTER = 'a'.repeat(40);
const SHA256 = { before: 'c'.repeat(64), after: 'd'.repeat(64) };

export interface RealDelivery {
  readonly name: string;
  readonly provider: HookProvider;
  readonly secret: string;
  readonly delivery: Delivery;
  readonly kind: Verdict['kind'];
  /** For a push: the full refs it must name. */
  readonly refs: readonly string[];
}

interface Case extends DeliveryOptions {
  readonly name: string;
  readonly kind?: Verdict['kind'];
  readonly expect?: readonly string[];
}

const PUSHES: readonly Case[] = [
  { name: 'a push to main' },
  { name: 'a push to a branch with slashes', branch: 'feature/policies/v2' },
  { name: 'a push to a branch named in another script', branch: 'политика-é' },
  { name: 'a push to a branch named like a tag', branch: 'v1.0.0' },
  { name: 'a push to a branch named like a ref', branch: 'refs/heads/main' },
  { name: 'a new branch', before: null },
  { name: 'a forced push', forced: true },
  { name: 'a push in a SHA-256 repository', ...SHA256 },
  { name: 'a push to a repository in a subgroup', repositoryUrl: 'https://git.example.com/a/b/policies' },
  {
    name: 'a push to a self-hosted repository',
    repositoryUrl: 'https://git.example.com:8443/acme/policies.git',
  },
  { name: 'a deleted branch', after: null, kind: 'ignored' },
  { name: 'a new tag', refs: [{ ref: 'refs/tags/v1', before: null, after: AFTER }], kind: 'ignored' },
  { name: 'a deleted tag', refs: [{ ref: 'refs/tags/v1', before: BEFORE, after: null }], kind: 'ignored' },
];

const OTHER_EVENTS = {
  github: [
    'ping',
    'create',
    'delete',
    'pull_request',
    'workflow_run',
    'repository',
    'an_event_of_the_future',
  ],
  gitlab: ['Tag Push Hook', 'Merge Request Hook', 'Pipeline Hook', 'System Hook', 'Job Hook'],
  bitbucket: ['diagnostics:ping', 'repo:refs_changed', 'pullrequest:created', 'repo:fork', 'repo:updated'],
  gitea: ['create', 'delete', 'pull_request', 'repository', 'release'],
} as const satisfies Record<HookProvider, readonly string[]>;

const MANY_REFS: readonly Case[] = [
  {
    name: 'several branches at once, the last one tracked',
    refs: ['refs/heads/one', 'refs/heads/two', 'refs/heads/main'].map((ref) => ({
      ref,
      before: BEFORE,
      after: AFTER,
    })),
    expect: ['refs/heads/one', 'refs/heads/two', 'refs/heads/main'],
  },
  {
    name: 'a tag and a branch of the same name',
    refs: ['refs/tags/main', 'refs/heads/main'].map((ref) => ({ ref, before: BEFORE, after: AFTER })),
    expect: ['refs/tags/main', 'refs/heads/main'],
  },
  {
    name: 'one branch deleted and another moved',
    refs: [
      { ref: 'refs/heads/old', before: BEFORE, after: null },
      { ref: 'refs/heads/main', before: BEFORE, after: AFTER },
    ],
    expect: ['refs/heads/old', 'refs/heads/main'],
  },
  { name: 'no change at all', refs: [], kind: 'ignored' },
];

function real(provider: HookProvider, secret: string, options: Case): RealDelivery {
  const delivery = signedDelivery(provider, secret, { at: NOW, ...options });
  const refs = options.expect ?? [`refs/heads/${options.branch ?? 'main'}`];
  return {
    name: `${provider}: ${options.name}`,
    provider,
    secret,
    delivery,
    kind: options.kind ?? 'push',
    refs,
  };
}

export const REAL_DELIVERIES: readonly RealDelivery[] = [
  ...HOOK_PROVIDERS.flatMap((provider) => PUSHES.map((push) => real(provider, 'a secret of its own', push))),
  ...HOOK_PROVIDERS.flatMap((provider) =>
    OTHER_EVENTS[provider].map((event) =>
      real(provider, 'a secret of its own', {
        name: `the event ${event}`,
        event,
        payload: { zen: 'Keep it logically awesome.', test: true },
        kind: 'ignored',
      }),
    ),
  ),
  ...MANY_REFS.map((push) => real('bitbucket', 'a secret of its own', push)),
  ...PUSHES.map((push) => real('gitlab', signingToken('live'), { ...push, name: `${push.name}, signed` })),
  ...(['github', 'gitea'] as const).flatMap((provider) =>
    PUSHES.map((push) =>
      real(provider, 'a secret of its own', { ...push, name: `${push.name}, as a form`, form: true }),
    ),
  ),
];
