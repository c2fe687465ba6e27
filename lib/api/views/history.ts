/** The history of a gateway as the API shows it. */
import type * as z from 'zod';
import type { Episode } from '../../domain/drift.ts';
import type { Memory, MemoryAt, Told } from '../../pipeline/recall.ts';
import type { HISTORY } from '../schemas/history.ts';

type History = z.input<typeof HISTORY>;

export function memoryView({ report, heardAt, episodes }: Memory): Pick<History, 'heard' | 'contradictions'> {
  return {
    heard: report && { content_hash: report.contentHash, since: report.since, at: heardAt ?? report.at },
    contradictions: episodes.map(episodeView),
  };
}

export function answerView(at: string, memory: MemoryAt): NonNullable<History['answer']> {
  const { basis, unknown, doubts } = memory.recollection;
  return {
    at,
    enforced: memory.enforced && entryView(memory.enforced),
    basis,
    unknown,
    last_known: memory.lastKnown && entryView(memory.lastKnown),
    doubts: [...doubts],
  };
}

export function entryView({
  receipt,
  from,
  until,
  doubt,
  version,
  activation,
}: Told): History['data'][number] {
  const { statement } = receipt;
  return {
    state: statement.state,
    reason: statement.reason,
    from,
    until,
    stored_at: receipt.storedAt,
    configuration_id: receipt.configurationId,
    version_id: statement.version_id,
    number: version?.number ?? null,
    content_hash: statement.content_hash,
    sequence: statement.sequence,
    source: version?.source ?? null,
    commit: version?.commit ?? null,
    author: version?.author ?? null,
    message: version?.message ?? null,
    activated: activation && {
      by: activation.actor,
      at: activation.at,
      reason: activation.reason,
      held_until: activation.heldUntil,
      request_id: activation.requestId,
    },
    receipt_id: receipt.id,
    doubt,
  };
}

function episodeView(episode: Episode): History['contradictions'][number] {
  const { kind, configurationId, since, until, ended, expected, said } = episode;
  return {
    kind,
    configuration_id: configurationId,
    since,
    until,
    ended,
    expected,
    said: said.map(({ contentHash, from, to }) => ({ content_hash: contentHash, from, to })),
  };
}
