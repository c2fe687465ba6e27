/** Two teams with one of everything, from git to decisions, each thing marked with its team wherever a mark can be. */
import { hookId } from '../../lib/domain/hook.ts';
import type { MemoryGitHost } from '../fakes/memory-git-host.ts';
import type { Api, Json } from '../support/api-over.ts';
import { decision } from '../support/decisions.ts';
import type { GitServer } from '../support/git-server.ts';
import { applied, type SigningGateway, signingGateway } from '../support/signing-gateway.ts';
import { policy } from '../support/world.ts';

export interface Things {
  readonly team: string;
  /** In everything that somebody of the team wrote. */
  readonly mark: string;
  readonly link: string;
  readonly source: string;
  readonly hook: string;
  /** One that is in error, with findings. */
  readonly brokenLink: string;
  /** Fed by git. */
  readonly configuration: string;
  /** Fed through the API. */
  readonly written: string;
  /** The version that is in force. */
  readonly version: string;
  readonly contentHash: string;
  readonly commit: string;
  /** Bound to `configuration`, told, with a receipt, heartbeats and decisions. */
  readonly gateway: string;
  readonly gatewayToken: string;
  readonly gatewayKey: SigningGateway;
  readonly queueUrl: string;
  readonly manifest: Json;
  readonly token: string;
  readonly tokenText: string;
}

/** Makes a repository of these files, its last commit marked; answers where it is. */
export type Publish = (
  mark: string,
  files: Readonly<Record<string, string>>,
) => Promise<{ readonly url: string; readonly commit: string }>;

export const onServer =
  (git: GitServer): Publish =>
  async (mark, files) => {
    const repository = await git.createRepository({ name: `${mark}/policies` });
    const author = { name: `${mark} author`, email: `${mark}@example.com` };
    await repository.commit({ 'README.md': 'first' });
    return {
      url: repository.url,
      commit: await repository.commit(files, { message: `${mark} is why`, author }),
    };
  };

export const inMemory =
  (git: MemoryGitHost): Publish =>
  async (mark, files) => {
    const url = `https://git.example.com/${mark}/policies`;
    return { url, commit: git.at(url).commit(files) };
  };

export async function furnish(api: Api, publish: Publish, team: string): Promise<Things> {
  const mark = `${team}7q9x`;
  const repository = await publish(mark, {
    [`${mark}.yaml`]: policy({ id: `${mark}-git`, name: mark }),
    [`${mark}-bad.yaml`]: `${mark}: 1\n`,
  });
  const link = (path: string) =>
    api.created('/v1/git-repos', {
      repo_url: repository.url,
      path,
      provider: 'gitea',
      auto_create_configuration: true,
      username: mark,
      access_token: `${mark}-token`,
      team,
    });
  const good = await link(`${mark}.yaml`);
  const bad = await link(`${mark}-bad.yaml`);
  await api.advance(1);
  const written = await api.created('/v1/configurations', {
    id: `${mark}-api`,
    name: mark,
    description: mark,
    labels: { mark },
    policy_yaml: policy({ name: mark, limit: 300 }),
    team,
  });
  const gatewayKey = signingGateway();
  const gateway = await api.created('/v1/gateways', {
    name: mark,
    team,
    labels: { mark },
    configuration_id: `${mark}-git`,
    public_key: gatewayKey.pem,
  });
  await api.advance(1);
  const told = await api.call('GET', `/v1/gateways/${gateway.id}/configuration`, { token: gateway.token });
  const { manifest } = told.json;
  const say = (path: string, body: unknown) => api.call('POST', path, { token: gateway.token, body });
  const about = `/v1/gateways/${gateway.id}`;
  await say(`${about}/receipts`, gatewayKey.signed(applied(gateway.id, manifest)));
  // It runs something else than what it was told, which begins an episode of drift.
  for (let n = 0; n < 4; n++) {
    const reason = `${mark} health`;
    await say(`${about}/heartbeat`, { content_hash: 'e'.repeat(64), health: 'degraded', reason });
    api.time.at += 60_000;
  }
  const events = [decision({ id: `evt_${mark}`, model: `${mark}-model`, provider: mark, reason: mark })];
  await say('/v1/events', { events });
  const token = await api.created('/v1/tokens', { name: mark, role: 'configurations_reader', team });
  const found = await api.ports.links.find(good.id);
  return {
    team,
    mark,
    link: good.id,
    source: found?.sourceId ?? '',
    hook: hookId(team, repository.url),
    brokenLink: bad.id,
    configuration: `${mark}-git`,
    written: written.id,
    version: manifest.version_id,
    contentHash: manifest.content_hash,
    commit: repository.commit,
    gateway: gateway.id,
    gatewayToken: gateway.token,
    gatewayKey,
    queueUrl: gateway.queue_url,
    manifest,
    token: token.id,
    tokenText: token.token,
  };
}

/** What no other team may ever see: the mark, and every name that was made for a thing of the team. */
export function marksOf(things: Things): readonly string[] {
  const { mark, link, brokenLink, source, hook, version, contentHash, commit, gateway, token } = things;
  return [mark, link, brokenLink, source, hook, version, contentHash, commit, gateway, token];
}
