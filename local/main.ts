/** `npm start`: runs the stack until it is told to end. `KT_PORT` (default 8080; 0 for any), `KT_DATA_DIR` (`.kt`). */
import { resolve } from 'node:path';

const port = Number(process.env['KT_PORT'] || 8080);
const dataDir = resolve(process.env['KT_DATA_DIR'] || '.kt');

if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(
    `KT_PORT is a port number, 0 to 65535 (0 for any free one); it is "${process.env['KT_PORT']}"`,
  );
  process.exit(2);
}

// What follows takes seconds to load: a mistyped port is told at once.
const { start } = await import('./start.ts');

let ending = false;
let end: () => Promise<void> = async () => {};

/** The first signal ends the stack in order; a second one, at once. */
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (ending) process.exit(1);
    ending = true;
    void end().then(() => process.exit(0));
  });
}

try {
  const { url, file, stack } = await start({
    port,
    dataDir,
    log: (from, line) => console.log(`${from.padEnd(8)} ${line}`),
    environment: process.env,
  });
  end = () => stack.stop();
  console.log(welcome(url, file));
  if (ending) await end().then(() => process.exit(0));
} catch (error) {
  console.error(`kt-gitops did not start: ${reason(error)}`);
  process.exit(1);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const taken = 'code' in error && error.code === 'EADDRINUSE';
  return taken ? `port ${port} is taken; KT_PORT chooses another, 0 any free one` : error.message;
}

function welcome(url: string, file: string): string {
  return `
kt-gitops listens on ${url}
The admin token is in ${file}

Try, in another terminal:

  export KT_URL=${url} KT_TOKEN=$(node -p 'require("${file}").admin_token')
  curl -s $KT_URL/v1/whoami -H "Authorization: Bearer $KT_TOKEN"
  curl -s $KT_URL/v1/git-repos -H "Authorization: Bearer $KT_TOKEN" -H 'content-type: application/json' \\
    -d '{"repo_url":"http://127.0.0.1:3000/you/policies.git","provider":"gitea","path":"policy-config.yaml","auto_create_configuration":true}'
  curl -s $KT_URL/v1/git-repos -H "Authorization: Bearer $KT_TOKEN"

"npm run git-host" serves that repository; README.md walks through the rest.
Ctrl-C ends it; what was acknowledged is kept in ${dataDir}.
`;
}
