/** Integrity: what is true of a world at rest, whatever happened to the processes that made it so. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { sha256Hex } from '../../../lib/domain/ids.ts';
import { checkDocument } from '../../../lib/policy/check-document.ts';
import type { MemoryWorld } from '../../support/memory-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: rows as they are, of every kind.
type Row = Record<string, any>;

export const rowsIn = (here: MemoryWorld): readonly Row[] =>
  here.dynamo.rows('kt').map((row) => unmarshall(row));

/** What must never change again, by its key: versions, their contents, receipts, audit rows. */
export function immutableRows(here: MemoryWorld): ReadonlyMap<string, string> {
  const fixed = here.dynamo.rows('kt').filter(({ pk, sk }) => isImmutable(pk?.S ?? '', sk?.S ?? ''));
  return new Map(fixed.map((row) => [`${row['pk']?.S}/${row['sk']?.S}`, sha256Hex(JSON.stringify(row))]));
}

export function isImmutable(pk: string, sk: string): boolean {
  if (pk.startsWith('CONFIG#')) return /^(VERSION|ID|ANNOUNCED)#/.test(sk);
  return /^(CONTENT|RECEIPT|EVENTS|DECISION)#/.test(pk);
}

/** Every sentence is something that is wrong. Empty for a world that is whole and at rest. */
export function wrongIn(here: MemoryWorld, before: ReadonlyMap<string, string> = new Map()): string[] {
  const rows = rowsIn(here);
  return [
    ...changed(before, immutableRows(here)),
    ...configurationsIn(rows, here),
    ...versionsIn(rows, here),
    ...linksIn(rows, here),
    ...gatewaysIn(rows, here),
  ];
}

function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...before].flatMap(([key, hash]) =>
    after.get(key) === hash ? [] : [`${key} changed, or is gone`],
  );
}

const of = (rows: readonly Row[], pk: string, sk: string) =>
  rows.filter((row) => row['pk'].startsWith(pk) && row['sk'].startsWith(sk));

/** One audit event per move of the pointer, and nothing that is in force was not announced. */
function configurationsIn(rows: readonly Row[], here: MemoryWorld): string[] {
  const events = of(rows, 'EVENTS#', 'evt_');
  return of(rows, 'CONFIG#', 'MAIN').flatMap((one) => {
    const moves = events.filter(
      ({ type, configurationId }) => type === 'version.activated' && configurationId === one['id'],
    );
    const sequences = moves.map(({ detail }) => detail.sequence).sort((a, b) => a - b);
    const expected = Array.from({ length: one['sequence'] }, (_, at) => at + 1);
    const announced = one['announced']?.manifest;
    return [
      ...(String(sequences) === String(expected)
        ? []
        : [`${one['id']} moved ${one['sequence']} times, its events say ${sequences}`]),
      ...(one['active'] && announced?.sequence !== one['sequence']
        ? [`sequence ${one['sequence']} of ${one['id']} was not announced`]
        : []),
      ...(one['active'] && announced && announced.content_hash !== one['active'].contentHash
        ? [`other bytes of ${one['id']} were announced`]
        : []),
      ...(rows.some(({ pk, sk }) => pk === one['pk'] && sk === 'MARK')
        ? [`${one['id']} still has a mark`]
        : []),
      ...gatewaysOf(one, rows, here),
    ];
  });
}

/** A gateway applies what has a higher sequence: all end at what is in force. One bound later reads it by itself. */
function gatewaysOf(configuration: Row, rows: readonly Row[], here: MemoryWorld): string[] {
  const announced = configuration['announced']?.manifest;
  if (!announced || configuration['deletedAt'] !== null) return [];
  const bound = of(rows, 'GATEWAY#', 'MAIN').filter(
    ({ configurationId, boundAt }) =>
      configurationId === configuration['id'] && boundAt < announced.issued_at,
  );
  return bound.flatMap(({ id, queueName }) => {
    const told = (here.reloads.get(queueName) ?? [])
      .map(({ manifest }) => manifest)
      .filter((manifest) => manifest.configuration_id === configuration['id'])
      .sort((a, b) => a.sequence - b.sequence);
    const hash = told.at(-1)?.content_hash;
    return hash === announced.content_hash ? [] : [`${id} was told ${hash}, not ${announced.content_hash}`];
  });
}

/** Each stored once, whole, and with the bytes that its commit holds. */
function versionsIn(rows: readonly Row[], here: MemoryWorld): string[] {
  const versions = of(rows, 'CONFIG#', 'VERSION#');
  // Through the API a configuration that was deleted may be made anew, with the same content.
  const names = versions
    .filter(({ commit }) => commit !== null)
    .map(({ configurationId, contentHash, commit }) => [configurationId, contentHash, commit].join('/'));
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  const single = versions.flatMap((version) => {
    const { configurationId, number, id, contentHash, blob, commit } = version;
    const name = `version ${number} of ${configurationId}`;
    const pointer = rows.find(({ pk, sk }) => pk === version['pk'] && sk === `ID#${id}`);
    const gzip: Uint8Array | undefined = rows.find(({ pk }) => pk === `CONTENT#${contentHash}`)?.['gzip'];
    const bytes = gzip && gunzipSync(gzip);
    const inGit =
      commit &&
      bytes &&
      !here.git
        .repositories()
        .some((repository) => Object.values(repository.filesAt(commit)).includes(bytes.toString()));
    return [
      ...(pointer?.['number'] === number ? [] : [`${name} is not found by its id`]),
      ...(bytes && sha256Hex(bytes) === contentHash ? [] : [`${name} has no bytes, or others`]),
      ...(bytes && blob && blobId(bytes) !== blob ? [`${name} is not its blob`] : []),
      ...(inGit ? [`${name} has bytes that its commit does not hold`] : []),
    ];
  });
  const configurations = of(rows, 'CONFIG#', 'MAIN').flatMap(({ id, versions: count }) => {
    const numbers = versions
      .filter(({ configurationId }) => configurationId === id)
      .map(({ number }) => number);
    const expected = Array.from({ length: count }, (_, at) => at + 1);
    return String(numbers.sort((a, b) => a - b)) === String(expected)
      ? []
      : [`${id} counts ${count} versions and has ${numbers}`];
  });
  return [...twice.map((name) => `two versions are ${name}`), ...single, ...configurations];
}

const blobId = (bytes: Uint8Array) =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** Links, with what they share: no part without the others, and what they feed is what the branch holds. */
function linksIn(rows: readonly Row[], here: MemoryWorld): string[] {
  const links = of(rows, 'SOURCE#', 'LINK#');
  const sources = of(rows, 'SOURCE#', 'MAIN');
  const at = (pk: string, sk: string) => rows.find((row) => row['pk'] === pk && row['sk'] === sk);
  const count = (name: string, id: string) => links.filter((link) => link[name] === id).length;
  return [
    ...links.flatMap((link) => [
      ...(at(`LINK#${link['id']}`, 'MAIN')?.['sourceId'] === link['sourceId']
        ? []
        : [`link ${link['id']} is not found by its id`]),
      ...(at(link['pk'], 'MAIN') ? [] : [`link ${link['id']} has no source`]),
      ...((at(`LINK#${link['id']}`, 'CREDENTIAL') !== undefined) === link['hasToken']
        ? []
        : [`link ${link['id']} has a token, or has none, against its row`]),
      ...(link['hookId'] && !at(`HOOK#${link['hookId']}`, 'MAIN') ? [`link ${link['id']} has no hook`] : []),
      ...(link['hookId'] && !at(`HOOK#${link['hookId']}`, `BRANCH:${link['branch']}:${link['sourceId']}`)
        ? [`link ${link['id']} has no route`]
        : []),
      ...publishedBy(link, rows, here),
    ]),
    ...of(rows, 'LINK#', 'MAIN').flatMap(({ pk, sourceId }) =>
      at(`SOURCE#${sourceId}`, pk) ? [] : [`${pk} names a link that is not there`],
    ),
    ...sources.flatMap((source) => [
      ...(source['links'] === count('sourceId', source['id'])
        ? []
        : [`source ${source['id']} counts ${source['links']} links`]),
      ...(source['links'] > 0 ? [] : [`source ${source['id']} is left without a link`]),
      ...(source['leaseUntil'] === null ? [] : [`source ${source['id']} is held`]),
      ...(source['wanted'] === source['done'] ? [] : [`a hint to source ${source['id']} was not answered`]),
    ]),
    ...of(rows, 'SOURCE#', '').flatMap(({ pk, sk, linkId }) => [
      ...(at(pk, 'MAIN') ? [] : [`${pk}/${sk} is left without its source`]),
      ...(linkId && !at(pk, `LINK#${linkId}`) ? [`${pk}/${sk} is left without its link`] : []),
    ]),
    ...of(rows, 'HOOK#', 'MAIN').flatMap(({ id, links: counted }) => [
      ...(counted === count('hookId', id) ? [] : [`hook ${id} counts ${counted} links`]),
      ...(counted > 0 ? [] : [`hook ${id} is left without a link`]),
    ]),
    ...of(rows, 'HOOK#', 'BRANCH:').flatMap(({ pk, sourceId }) =>
      at(`SOURCE#${sourceId}`, 'MAIN') ? [] : [`${pk} has a route to a source that is gone`],
    ),
    ...of(rows, 'LINK#', 'CREDENTIAL').flatMap(({ pk }) =>
      at(pk, 'MAIN') ? [] : [`${pk} has a token and no link`],
    ),
  ];
}

/** I1: what is active is the file at the tip, unless it is held, or is no document. */
function publishedBy(link: Row, rows: readonly Row[], here: MemoryWorld): string[] {
  const repository = here.git.at(link['repoUrl']);
  const tip = repository.tip();
  const files = Object.entries(tip === null ? {} : repository.filesAt(tip)).filter(([path]) =>
    link['path'].endsWith('/') ? path.startsWith(link['path']) : path === link['path'],
  );
  return files.flatMap(([path, content]) => {
    if (checkDocument(Buffer.from(content)).kind === 'invalid')
      return link['error'] ? [] : [`link ${link['id']} does not say that ${path} is invalid`];
    const fed = rows.find(
      ({ pk, sk, origin }) =>
        pk.startsWith('CONFIG#') && sk === 'MAIN' && origin?.linkId === link['id'] && origin?.path === path,
    );
    if (!fed) return [`${path} of link ${link['id']} feeds nothing`];
    const hash = sha256Hex(content);
    return [
      ...(fed['head']?.contentHash === hash ? [] : [`the head of ${fed['id']} is not ${path} at the tip`]),
      ...(fed['hold'] || fed['active']?.contentHash === hash
        ? []
        : [`${fed['id']} does not run ${path} at the tip`]),
      ...(link['error'] && !isGoneFrom(link, files)
        ? [`link ${link['id']} says ${link['error'].message}`]
        : []),
    ];
  });
}

/** A file that left the branch is an error until somebody sees to it, and its last version stays. */
const isGoneFrom = (link: Row, files: readonly (readonly [string, string])[]) =>
  link['error'].class === 'not_found' && files.every(([path]) => !link['error'].message.includes(path));

function gatewaysIn(rows: readonly Row[], here: MemoryWorld): string[] {
  const at = (pk: string, sk: string) => rows.find((row) => row['pk'] === pk && row['sk'] === sk);
  return [
    ...of(rows, 'GATEWAY#', 'MAIN').flatMap(({ id, tokenId, queueName, configurationId }) => [
      ...(at(`TOKEN#${tokenId}`, 'MAIN') ? [] : [`gateway ${id} has no token`]),
      ...(here.reloads.has(queueName) ? [] : [`gateway ${id} has no queue`]),
      ...(!configurationId || at(`BOUND#${configurationId}`, `GATEWAY#${id}`)
        ? []
        : [`gateway ${id} is not bound to ${configurationId}`]),
    ]),
    ...of(rows, 'BOUND#', 'GATEWAY#').flatMap(({ pk, id }) =>
      at(`GATEWAY#${id}`, 'MAIN')?.['configurationId'] === pk.slice('BOUND#'.length)
        ? []
        : [`${pk} binds ${id}, which is bound elsewhere`],
    ),
    ...of(rows, 'TOKEN#', 'MAIN').flatMap(({ id, gatewayId }) =>
      !gatewayId || at(`GATEWAY#${gatewayId}`, 'MAIN') ? [] : [`token ${id} is of a gateway that is gone`],
    ),
  ];
}
