/** A configuration and its versions as the API shows them. */
import type * as z from 'zod';
import type { Configuration } from '../../domain/configuration.ts';
import { holdStands } from '../../domain/hold.ts';
import type { Version, VersionRef } from '../../domain/version.ts';
import type { CONFIGURATION } from '../schemas/configurations.ts';
import type { VERSION } from '../schemas/versions.ts';

export function configurationView(configuration: Configuration, now: Date): z.input<typeof CONFIGURATION> {
  const { active, head, hold, origin } = configuration;
  return {
    id: configuration.id,
    name: configuration.name,
    description: configuration.description,
    labels: { ...configuration.labels },
    team: configuration.team,
    content_hash: active?.contentHash ?? null,
    active_version: refView(active),
    head_version: refView(head),
    sequence: configuration.sequence,
    hold: hold && holdStands(hold, now) ? { ...hold } : null,
    source: origin ? 'git' : 'api',
    git: origin && { link_id: origin.linkId, path: origin.path },
    created_at: configuration.createdAt,
    updated_at: configuration.updatedAt,
  };
}

function refView(ref: VersionRef | null) {
  return ref && { id: ref.id, number: ref.number, content_hash: ref.contentHash, commit: ref.commit };
}

export function versionView(version: Version, { active }: Configuration): z.input<typeof VERSION> {
  return {
    id: version.id,
    configuration_id: version.configurationId,
    number: version.number,
    content_hash: version.contentHash,
    commit: version.commit,
    author: version.author,
    message: version.message,
    source: version.source,
    pack_version: version.packVersion,
    created_at: version.createdAt,
    active: version.id === active?.id,
    summary: version.summary,
  };
}
