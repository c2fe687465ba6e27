/** Workflow commands: what the runner of GitHub takes from a log. After actions/runner, `ActionCommandManager.cs`. */

export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

export function commandsOf(log: string): readonly WorkflowCommand[] {
  const found: WorkflowCommand[] = [];
  let stopped: string | null = null;
  for (const line of log.split(/\r\n|\r|\n/)) {
    const [, name, properties = '', message = ''] = /^::([^\s:]+)(?: (.*?))?::(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined) continue;
    if (stopped !== null) {
      if (name === stopped) stopped = null;
    } else if (name === 'stop-commands') stopped = message;
    else found.push({ name, properties: propertiesOf(properties), message: decoded(message) });
  }
  return found;
}

function propertiesOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const value = pair
        .slice(at + 1)
        .replaceAll('%3A', ':')
        .replaceAll('%2C', ',');
      return [pair.slice(0, at).trim(), decoded(value)];
    }),
  );
}

const decoded = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
