/** A configuration, for people. */
import type { Configuration } from '../answers.ts';
import type { Output } from '../output.ts';

export function showConfiguration(configuration: Configuration, output: Output): void {
  const { active_version: active, head_version: head, hold, git } = configuration;
  output.record([
    ['id', configuration.id],
    ['name', configuration.name],
    ['description', configuration.description],
    ['team', configuration.team],
    ['source', git ? `git, ${git.path} of link ${git.link_id}` : configuration.source],
    ['active', active && `version ${active.number} (${active.commit ?? 'no commit'})`],
    ['head', head && `version ${head.number} (${head.commit ?? 'no commit'})`],
    ['content hash', configuration.content_hash],
    [
      'hold',
      hold && {
        text: `until ${hold.until}: ${hold.reason || 'no reason given'} (${hold.actor})`,
        style: 'yellow',
      },
    ],
    ['changed', configuration.updated_at],
  ]);
}
