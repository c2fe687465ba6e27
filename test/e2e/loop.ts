/** The loop for end-to-end tests: a stack and a git host, a repository that is linked, and a gateway that listens. */
import { dynamoAnnouncements } from '../../lib/aws/dynamo-announcements.ts';
import { dynamoLinks } from '../../lib/aws/dynamo-links.ts';
import { dynamoSources } from '../../lib/aws/dynamo-sources.ts';
import type { HookProvider } from '../../lib/domain/provider.ts';
import { signedDelivery } from '../support/deliveries.ts';
import { type Files, startGitServer, type TestRepository } from '../support/git-server.ts';
import { startTestStack, type TestStackOptions } from '../support/stack.ts';
import { policy } from '../support/world.ts';

export const FILE = 'policy-config.yaml';

export type Loop = Awaited<ReturnType<typeof startLoop>>;
export type Linked = Awaited<ReturnType<Loop['linked']>>;

interface Hooked {
  readonly webhook: { readonly provider: HookProvider; readonly url: string; readonly secret: string };
  readonly repository: TestRepository;
}

/** Nothing ticks by itself: a cycle of the poller is one that a test asks for. */
export async function startLoop(options: TestStackOptions = {}) {
  const [git, stack] = await Promise.all([startGitServer(), startTestStack(options)]);
  const table = { client: stack.clients.dynamodb, name: stack.table };
  const sources = dynamoSources(table);
  const announcements = dynamoAnnouncements(table);

  async function sourceOf(linkId: string) {
    const link = await dynamoLinks(table).find(linkId);
    const source = link && (await sources.find(link.sourceId));
    if (!source) throw new Error(`there is no source of link ${linkId}`);
    return source;
  }

  /** A linked file, synced and announced, and a gateway that is told of what comes after. */
  async function linked(id: string, wish: Readonly<Record<string, unknown>> = {}, files: Files = {}) {
    const repository = await git.createRepository({ files: { [FILE]: policy({ id }), ...files } });
    const { status, body } = await stack.call('POST', '/v1/git-repos', {
      repo_url: repository.url,
      path: FILE,
      provider: 'generic',
      auto_create_configuration: true,
      ...wish,
    });
    if (status !== 201) throw new Error(`not linked: ${JSON.stringify(body)}`);
    const link = `/v1/git-repos/${body.id}`;
    const configuration = `/v1/configurations/${id}`;
    await stack.until(link, (now) => now.status === 'synced');
    await eventually(async () => (await announcements.find(id)) === null);
    const gateway = await stack.call('POST', '/v1/gateways', { name: 'gw', configuration_id: id });
    return {
      id,
      linkId: String(body.id),
      webhook: body.webhook,
      repository,
      link,
      configuration,
      gateway: gateway.body,
      push: (limit: number) => repository.commit({ [FILE]: policy({ id, limit }) }),
      reload: () => stack.nextReload(gateway.body.queue_url),
      /** That the gateway has nothing more to do: nobody waits to be told, and its queue is empty. */
      async isQuiet() {
        await eventually(async () => (await announcements.find(id)) === null);
        return (await stack.nextReload(gateway.body.queue_url, 0)) === null;
      },
      active: async () => (await stack.call('GET', configuration)).body.active_version,
      versions: async () => (await stack.call('GET', `${configuration}/versions`)).body,
    };
  }

  return {
    git,
    stack,
    linked,

    /** One cycle of the poller, to its end: the source was asked, and what followed is written. */
    async cycle(linkId: string): Promise<void> {
      const before = await sourceOf(linkId);
      await stack.pollNow(before.id);
      await eventually(async () => {
        const now = await sourceOf(linkId);
        const looked = now.checkedAt !== before.checkedAt || now.failures !== before.failures;
        return looked && now.wanted === now.done && now.leaseUntil === null;
      });
    },

    /** As the host of a repository with a webhook tells of a push; returns the status. */
    async deliver({ webhook, repository }: Hooked, after: string): Promise<number> {
      const about = { after, repositoryUrl: repository.url };
      const delivery = signedDelivery(webhook.provider, webhook.secret, about);
      return (await stack.deliver(webhook.url, delivery)).status;
    },

    async close(): Promise<void> {
      await Promise.all([git.close(), stack.close()]);
    },
  };
}

/** Requests about one repository, for trouble that concerns no other. */
export const about =
  ({ name }: TestRepository) =>
  ({ repository }: { repository: string | null }) =>
    repository === name;

export async function eventually(passes: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await passes()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to that within ten seconds');
}
