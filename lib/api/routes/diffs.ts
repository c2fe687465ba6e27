/** Routes of differences: what a version changes, and whether that tightens or loosens what is enforced. */
import type { Version } from '../../domain/version.ts';
import { diffDocuments } from '../../policy/diff/diff-documents.ts';
import { invalidField } from '../errors.ts';
import type { ApiPorts } from '../ports.ts';
import { route } from '../route.ts';
import { DIFF, DIFF_QUERY } from '../schemas/diffs.ts';
import { contentOf, findVersion } from './versions.ts';

export const DIFF_ROUTES = [
  route({
    method: 'get',
    path: '/v1/configurations/{id}/versions/{v}/diff',
    needs: 'configurations:read',
    summary: 'What a version says differently from another, and what that does to enforcement',
    query: DIFF_QUERY,
    status: 200,
    response: DIFF,
    async handle({ params, query, session }, ports) {
      const { version: to } = await findVersion(params, session, ports);
      const from = await versionBefore(to, query.from, ports);
      const [before, after] = await Promise.all([
        from ? contentOf(from.contentHash, ports) : null,
        contentOf(to.contentHash, ports),
      ]);
      const { changes, summary } = diffDocuments(before, after);
      return {
        body: {
          from: from && compared(from),
          to: compared(to),
          changes: changes.map((change) => ({ ...change })),
          summary,
        },
      };
    },
  }),
];

async function versionBefore(
  { configurationId, number }: Version,
  asked: string | undefined,
  { versions }: ApiPorts,
): Promise<Version | null> {
  if (asked === undefined && number === 1) return null;
  const found = await versions.find(configurationId, asked ?? String(number - 1));
  if (!found) throw invalidField('from', 'there is no such version of this configuration');
  return found;
}

const compared = ({ id, number, contentHash }: Version) => ({
  version_id: id,
  number,
  content_hash: contentHash,
});
