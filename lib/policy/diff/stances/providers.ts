/** Stances on `providers`: where prompts go, and what is promised about them there. */
import { grouped, keyed, switched } from '../groups.ts';
import { guard, neutral, opening, ranked, threshold, undecided } from '../ordered.ts';
import { undecidedSet } from '../sets.ts';
import type { KeyedItem, KeyedStance, StanceTable } from '../stance.ts';
import { at } from '../values.ts';
import { isWeakest, RETENTION } from './retention.ts';

const UNORDERED: readonly unknown[] = ['round-robin', 'latency', 'cost', 'random'];

const TARGETS: KeyedStance = {
  shape: 'keyed',
  keys: ['id'],
  moved: (name, { before, after }) => {
    const ignored = [before, after].every((side) => UNORDERED.includes(at(at(side, 'routing'), 'strategy')));
    if (ignored)
      return { effect: 'neutral', reason: `\`${name}\` moved, and the routing does not look at order` };
    return {
      effect: 'unknown',
      reason: `\`${name}\` moved: under ordered routing the first target is asked first`,
    };
  },
  judge: ({ name, change, item, others }: KeyedItem) => {
    const weakest = isWeakest(item, others);
    if (change === 'added') {
      const reason = `prompts may now go to \`${name}\``;
      if (weakest)
        return {
          effect: 'loosens',
          reason: `${reason}, which promises less about them than every other target`,
        };
      return { effect: 'unknown', reason: `${reason}: a destination that was not there before` };
    }
    const reason = `prompts no longer go to \`${name}\``;
    if (weakest)
      return {
        effect: 'tightens',
        reason: `${reason}, which promised less about them than every other target`,
      };
    return { effect: 'unknown', reason: `${reason}: the other targets get them` };
  },
};

const ELSEWHERE = 'prompts to `*` go elsewhere';
const WHEN = 'it decides when another target gets a prompt';
const SPLIT = 'it decides which target gets a prompt';
const availability = neutral('it decides how long a failing target is left alone, not what is enforced');
const credential = neutral('another credential for the same target');

export const PROVIDERS: StanceTable = {
  targets: TARGETS,
  'targets[]': { shape: 'map', groups: [RETENTION] },
  'targets[].id': neutral('a name decides nothing'),
  'targets[].provider': undecided(ELSEWHERE),
  'targets[].provider_type': undecided(ELSEWHERE),
  'targets[].format': undecided('prompts to `*` are written in another way'),
  'targets[].model': undecided('`*` answers with another model'),
  'targets[].base_url': undecided(ELSEWHERE),
  'targets[].path_template': undecided(ELSEWHERE),
  'targets[].azure_api_version': undecided('`*` is asked through another version of its API', '2024-02-01'),
  'targets[].azure_deployment': undecided('`*` answers with another model'),
  'targets[].fallback_to': undecided('when `*` fails, prompts go elsewhere'),
  'targets[].secret_key_ref': credential,
  'targets[].api_key': credential,
  'targets[].api_key_header': credential,
  'targets[].api_key_prefix': credential,
  'targets[].*': neutral('the name of a variable decides nothing'),
  'targets[].zdr': grouped,
  'targets[].data_policy.zero_data_retention': grouped,
  'targets[].data_policy.retention_days': grouped,
  'targets[].data_policy.training_opt_out': guard('the promise of `*` not to train on prompts', false),
  'targets[].data_collection': ranked('the permission for `*` to collect data', [['deny'], ['allow']]),
  'targets[].escalation_routing': neutral('who is asked decides nothing'),
  'routing.strategy': undecided(SPLIT),
  'fallback.triggers': undecidedSet('the reasons to ask another target', WHEN),
  'fallback.max_fallback_attempts': undecided(WHEN),
  'fallback.strategy': undecided(SPLIT),
  'fallback.max_retries': undecided(WHEN),
  'fallback.retry_on': undecidedSet('the reasons to ask again', WHEN),
  'fallback.latency_window': undecided(WHEN),
  'fallback.max_latency_ms': undecided(WHEN),
  'circuit_breaker.failure_threshold': availability,
  'circuit_breaker.cooldown_seconds': availability,
  'circuit_breaker.half_open_probes': availability,
  'ab_test.enabled': undecided(SPLIT),
  'ab_test.sticky_by': undecided(SPLIT),
  'ab_test.variants': keyed('the variant', ['provider_id'], 'unknown', SPLIT),
  'ab_test.variants[].provider_id': neutral('a name decides nothing'),
  'ab_test.variants[].weight': undecided('`*` gets another share of the prompts'),
  mirroring: switched('mirroring', false),
  'mirroring.enabled': opening('sending a copy of every prompt to another target', false),
  'mirroring.mirror_target': undecided('the copies of prompts go elsewhere'),
  'mirroring.sample_rate': threshold('the share of prompts that are copied', 'loosens', { fallback: 1 }),
  'mirroring.log_mirror_response': opening('the logging of what the other target answers', false),
  'mirroring.timeout_ms': neutral('how long a copy may take decides nothing', 5000),
};
