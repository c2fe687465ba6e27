/** The table of routes: all there is to call. */
import { openApiDocument } from '../openapi.ts';
import { type Route, route } from '../route.ts';
import { OPENAPI } from '../schemas/system.ts';
import { ANNOUNCED_ROUTES } from './announced.ts';
import { CONFIGURATION_ROUTES } from './configurations.ts';
import { CONVERGENCE_ROUTES } from './convergence.ts';
import { DECISION_ROUTES } from './decisions.ts';
import { DIFF_ROUTES } from './diffs.ts';
import { EVENT_ROUTES } from './events.ts';
import { GATEWAY_ROUTES } from './gateways.ts';
import { HISTORY_ROUTES } from './history.ts';
import { LINK_ROUTES } from './links.ts';
import { PROOF_ROUTES } from './proof.ts';
import { QUEUE_CREDENTIAL_ROUTES } from './queue-credentials.ts';
import { REPORT_ROUTES } from './reports.ts';
import { SCHEMA_ROUTES } from './schemas.ts';
import { SYSTEM_ROUTES } from './system.ts';
import { TOKEN_ROUTES } from './tokens.ts';
import { VERSION_ROUTES } from './versions.ts';

const OPENAPI_ROUTE = route({
  method: 'get',
  path: '/openapi.json',
  needs: 'public',
  summary: 'This API, described (OpenAPI 3.1)',
  status: 200,
  response: OPENAPI,
  handle: async (_request, { settings }) => ({
    body: { ...described(), servers: [{ url: settings.publicUrl }] },
    headers: { 'cache-control': 'public, max-age=300' },
  }),
});

let document: ReturnType<typeof openApiDocument> | null = null;

/** Made once: anybody may ask for it. */
function described() {
  document ??= openApiDocument(ROUTES);
  return document;
}

export const ROUTES: readonly Route[] = [
  ...LINK_ROUTES,
  ...CONFIGURATION_ROUTES,
  ...VERSION_ROUTES,
  ...DIFF_ROUTES,
  ...PROOF_ROUTES,
  ...CONVERGENCE_ROUTES,
  ...GATEWAY_ROUTES,
  ...ANNOUNCED_ROUTES,
  ...QUEUE_CREDENTIAL_ROUTES,
  ...REPORT_ROUTES,
  ...HISTORY_ROUTES,
  ...TOKEN_ROUTES,
  ...EVENT_ROUTES,
  ...DECISION_ROUTES,
  ...SYSTEM_ROUTES,
  ...SCHEMA_ROUTES,
  OPENAPI_ROUTE,
];
