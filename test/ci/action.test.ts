/** The GitHub Action: its own steps, run on real repositories with pull requests and pushes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy } from '../support/world.ts';
import { type Checkouts, makeCheckouts } from './checkouts.ts';
import { readAction, runAction } from './run-action.ts';

let checkouts: Checkouts;
beforeAll(async () => {
  checkouts = await makeCheckouts();
});
afterAll(() => checkouts.remove());

const FILE = 'policies/chat.yaml';
const GOOD = policy();
const LOOSER = policy({ limit: 900 });
const WRONG = GOOD.replace('chain: [spend-limit]', 'chain: [spend-limit, pii-detectr]');

const act = (checkout: string, event: unknown, inputs: Readonly<Record<string, string>> = {}) =>
  runAction({ checkout, event, inputs: { kt: checkouts.kt, ...inputs } });
const filesOf = ({ outputs }: { outputs: Readonly<Record<string, string>> }) =>
  JSON.parse(outputs['changed-files'] ?? '');

describe('action.yml', () => {
  it('is what GitHub documents for composite actions', () => {
    const { name, description, inputs, outputs, runs } = readAction();
    expect([name, description].every((text) => text.length > 0)).toBe(true);
    expect(description.length).toBeLessThanOrEqual(250);
    expect(runs.using).toBe('composite');
    for (const each of [...Object.values(inputs), ...Object.values(outputs)])
      expect(each.description).toMatch(/\.$/);
    for (const key of [...Object.keys(inputs), ...Object.keys(outputs)])
      expect(key).toMatch(/^[a-z]+(-[a-z]+)*$/);
    // What is not a string is not what GitHub hands over.
    for (const input of Object.values(inputs))
      expect(['string', 'undefined']).toContain(typeof input.default);
    for (const step of runs.steps) {
      if (step.run === undefined) expect(step.uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      else expect(step).toMatchObject({ shell: 'bash', name: expect.any(String) });
    }
    const ids = runs.steps.flatMap(({ id }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has no expression in a script, and the token in no step that has no use for it', () => {
    const { steps } = readAction().runs;
    for (const { run } of steps) expect(run ?? '').not.toContain('${{');
    const seeing = steps.filter(({ env }) => env?.['KT_API_TOKEN'] !== undefined).map(({ name }) => name);
    expect(seeing).toEqual(['Keep the token out of the log', 'Push', 'Deploy']);
  });

  it('uses every input', () => {
    const text = JSON.stringify(readAction().runs);
    for (const name of Object.keys(readAction().inputs))
      expect(text).toMatch(new RegExp(`inputs\\.${name}[ "]`));
  });
});

describe('a push', () => {
  it('checks what changed, and shows what that does', async () => {
    const change = { [FILE]: LOOSER, 'README.md': 'x', 'deploy/app.yaml': 'kind: Deployment\n' };
    const { dir, event } = await checkouts.pushed({ [FILE]: GOOD, 'other.yaml': policy() }, change);
    const run = await act(dir, event);
    expect(run).toMatchObject({
      outcome: 'success',
      outputs: { valid: 'true', loosens: 'true' },
      commands: [],
    });
    expect(filesOf(run)).toEqual([FILE]);
    expect(run.summary).toContain('1 policy document(s) checked, all valid');
    expect(run.summary).toMatch(/loosens.*spend&#45;limit&#46;max&#95;daily&#95;usd.*100.*900/);
    expect(run.steps).toMatchObject({ Push: 'skipped', Deploy: 'skipped', 'Look for Node': 'skipped' });
  });

  it('annotates what is wrong at its line, fails, and still shows the changes', async () => {
    const { dir, event } = await checkouts.pushed({ [FILE]: GOOD }, { [FILE]: WRONG });
    const run = await act(dir, event, { 'gateway-id': 'gw_1' });
    expect(run).toMatchObject({ outcome: 'failure', outputs: { valid: 'false' } });
    const line = String(WRONG.split('\n').findIndex((text) => text.includes('pii-detectr')) + 1);
    expect(run.commands).toContainEqual({
      name: 'error',
      properties: expect.objectContaining({ file: FILE, line, title: expect.stringMatching(/^E\d+ /) }),
      message: expect.stringContaining('pii-detectr'),
    });
    expect(run.steps).toMatchObject({
      Lint: 'failure',
      'Show what the changes do': 'success',
      Push: 'skipped',
    });
    expect(run.summary).toContain('not all valid');
    expect(run.summary).toContain('### Policy changes');
  });

  it('says so when no policy document changed, and succeeds', async () => {
    const { dir, event } = await checkouts.pushed({ [FILE]: GOOD }, { 'README.md': 'x' });
    const run = await act(dir, event, { 'gateway-id': 'gw_1', 'fail-on': 'any' });
    expect(run).toMatchObject({ outcome: 'success', outputs: { valid: 'true', loosens: 'false' } });
    expect(filesOf(run)).toEqual([]);
    expect(run.summary).toContain('No policy document changed');
    expect(run.log).toContain('nothing to push');
  });

  it('makes a kind without a block an error when it is strict', async () => {
    const bare = GOOD.replace('chain: [spend-limit]', 'chain: [spend-limit, prompt-injection]');
    const { dir, event } = await checkouts.pushed({ [FILE]: GOOD }, { [FILE]: bare });
    const [lax, strict] = [await act(dir, event), await act(dir, event, { strict: 'true' })];
    expect([lax.outputs['valid'], strict.outputs['valid']]).toEqual(['true', 'false']);
    expect([lax.commands[0]?.name, strict.commands[0]?.name]).toEqual(['warning', 'error']);
  });

  it('follows a renamed document, and says what a deleted and a new one mean', async () => {
    const { dir, event } = await checkouts.pushed(
      { 'policies/a.yaml': GOOD, 'policies/b.yaml': policy({ name: 'other', limit: 5 }) },
      {
        'policies/a.yaml': null,
        'moved/a.yaml': LOOSER,
        'policies/b.yaml': null,
        'policies/fresh.yml': `# quite another document\n# in every line\n${policy({ name: 'fresh', version: '7.7.7', limit: 1 })}`,
      },
    );
    const run = await act(dir, event);
    expect(run).toMatchObject({ outcome: 'success', outputs: { loosens: 'true' } });
    expect(filesOf(run)).toEqual(expect.arrayContaining(['moved/a.yaml', 'policies/fresh.yml']));
    const shown = run.summary.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
    expect(shown).toContain('<code>policies/a.yaml</code> is now <code>moved/a.yaml</code>');
    expect(shown).toContain('<code>policies/fresh.yml</code> is new');
    expect(shown).toContain('<code>policies/b.yaml</code> is gone');
    expect(await act(dir, event, { 'fail-on': 'unknown' })).toMatchObject({
      outcome: 'failure',
      steps: { Lint: 'success', 'Show what the changes do': 'failure' },
    });
  });

  it('checks every document of the checkout when a branch is pushed for the first time', async () => {
    const { dir, after } = await checkouts.pushed(
      { [FILE]: GOOD, '.github/policy-config.yaml': 'x' },
      { 'b.yaml': LOOSER },
    );
    const run = await act(dir, { before: '0'.repeat(40), after });
    expect(run).toMatchObject({ outcome: 'success', outputs: { loosens: 'false' } });
    expect(filesOf(run)).toEqual(['b.yaml', FILE]);
    expect(run.summary).toContain('no earlier commit to compare with');
    // As on a schedule, or when it is started by hand.
    expect(filesOf(await act(dir, {}))).toEqual(['b.yaml', FILE]);
  });

  it('fetches the earlier commit into a shallow checkout', async () => {
    const { shallow, event } = await checkouts.pushed({ [FILE]: GOOD }, { [FILE]: LOOSER });
    const run = await act(await shallow(), event);
    expect(run).toMatchObject({ outcome: 'success', outputs: { valid: 'true', loosens: 'true' } });
  });

  it('says what to set when the earlier commit cannot be had', async () => {
    const { dir } = await checkouts.pushed({ [FILE]: GOOD }, { [FILE]: LOOSER });
    const run = await act(dir, { before: '1'.repeat(40) });
    expect(run).toMatchObject({
      outcome: 'failure',
      steps: { Lint: 'skipped', 'Show what the changes do': 'skipped' },
    });
    expect(run.commands).toContainEqual(
      expect.objectContaining({ name: 'error', message: expect.stringContaining('set fetch-depth: 0') }),
    );
  });

  it('takes no link for a document, wherever it leads', async () => {
    const { dir, event } = await checkouts.pushed(
      { [FILE]: GOOD },
      { 'policy-config.yaml': { link: '/etc/passwd' } },
    );
    const run = await act(dir, event);
    expect(filesOf(run)).toEqual([]);
    expect(run.log).toContain('a symbolic link: policy-config.yaml');
  });
});

describe('a pull request', () => {
  /** As GitHub does it: `main` went on, and what is checked out is what merging would give. */
  async function pullRequest() {
    const made = await checkouts.repository({ [FILE]: GOOD, 'other.yaml': LOOSER });
    await made.git('checkout', '-q', '-b', 'topic');
    const head = await made.commit({ [FILE]: LOOSER });
    await made.git('checkout', '-q', 'main');
    const base = await made.commit({ 'other.yaml': GOOD });
    const event = { before: made.before, pull_request: { base: { sha: base }, head: { sha: head } } };
    return { ...made, head, base, event };
  }

  it('is about what it changes, and not about what its base changed since', async () => {
    const { dir, git, event, head } = await pullRequest();
    await git('checkout', '-q', '--detach', head);
    const run = await act(dir, event, { 'fail-on': 'tightens' });
    expect(run).toMatchObject({ outcome: 'success', outputs: { loosens: 'true' } });
    expect(filesOf(run)).toEqual([FILE]);
  });

  it('works on the merge of a shallow checkout, though the base went on since the event', async () => {
    const { git, shallow, commit, event, head } = await pullRequest();
    await commit({ 'third.yaml': policy({ name: 'third' }) });
    await git('merge', '-q', '--no-ff', '-m', 'merge', head);
    const run = await act(await shallow(), event, { 'fail-on': 'tightens' });
    expect(run).toMatchObject({ outcome: 'success', outputs: { loosens: 'true' } });
    expect(filesOf(run)).toEqual([FILE]);
  });

  it('says what to set when a shallow checkout does not reach back to the base', async () => {
    const { shallow, event, head } = await pullRequest();
    const run = await act(await shallow(head), event);
    expect(run.outcome).toBe('failure');
    expect(run.commands[0]?.message).toMatch(/does not reach back.*fetch-depth: 0/s);
  });

  it('fails on the changes that fail-on names, and tells which', async () => {
    const { dir, git, event, head } = await pullRequest();
    await git('checkout', '-q', '--detach', head);
    const run = await act(dir, event, { 'fail-on': 'loosens, unknown' });
    expect(run).toMatchObject({ outcome: 'failure', outputs: { valid: 'true', loosens: 'true' } });
    expect(run.commands).toEqual([expect.objectContaining({ name: 'error' })]);
    expect(run.log).toContain('from 100 to 900 USD');
  });

  it('is compared with the commit before it in a merge queue', async () => {
    const { shallow, event } = await checkouts.pushed({ [FILE]: GOOD }, { [FILE]: LOOSER });
    const run = await act(await shallow(), { merge_group: { base_sha: event.before } });
    expect(run).toMatchObject({ outcome: 'success', outputs: { loosens: 'true' } });
  });

  it('does not take a misspelt fail-on for a gate', async () => {
    const { dir, event } = await checkouts.pushed({ [FILE]: GOOD }, { 'README.md': 'x' });
    expect(await act(dir, event, { 'fail-on': 'loosen' })).toMatchObject({
      outcome: 'failure',
      log: expect.stringContaining('loosens, tightens'),
    });
  });

  it('fails when fail-on is asked for and the document cannot be compared', async () => {
    const { dir, event } = await checkouts.pushed({ [FILE]: 'pack: [\n' }, { [FILE]: GOOD });
    expect(await act(dir, event)).toMatchObject({ outcome: 'success' });
    const run = await act(dir, event, { 'fail-on': 'loosens' });
    expect(run).toMatchObject({ outcome: 'failure', steps: { Lint: 'success' } });
    expect(run.summary).toContain('could not be compared');
  });
});

describe('inputs', () => {
  it('takes the files that are named, changed or not, and patterns', async () => {
    const { dir, event } = await checkouts.pushed(
      { [FILE]: GOOD, 'policies/deep/er.yaml': GOOD },
      { [FILE]: LOOSER, 'x.yaml': GOOD },
    );
    const run = await act(dir, event, { files: '  \npolicies/**/*.yaml\r\n' });
    expect(filesOf(run).toSorted()).toEqual([FILE, 'policies/deep/er.yaml']);
    expect(run.outputs).toMatchObject({ valid: 'true', loosens: 'true' });
    const none = await act(dir, event, { files: 'nowhere/*.yaml' });
    expect(none).toMatchObject({ outcome: 'failure', log: expect.stringContaining('no file matches') });
  });

  it('compares with the base that is named: a branch, a tag or a commit', async () => {
    const { dir, git, before } = await checkouts.pushed({ [FILE]: GOOD }, { 'x.yaml': LOOSER });
    await git('tag', 'released', before);
    await git('push', '-q', 'origin', `${before}:refs/heads/stable`);
    for (const base of ['released', 'stable', before, 'HEAD~1'])
      expect(filesOf(await act(dir, {}, { base }))).toEqual(['x.yaml']);
    for (const base of ['nobody', '--upload-pack=touch pwned', '$(touch pwned)'])
      expect((await act(dir, {}, { base })).outcome).toBe('failure');
    expect(await git('status', '--porcelain')).toBe('');
  });

  it('does not take yes for no', async () => {
    const { dir, event } = await checkouts.pushed({ [FILE]: GOOD }, { [FILE]: LOOSER });
    expect(await act(dir, event, { strict: 'yes' })).toMatchObject({
      outcome: 'failure',
      commands: [expect.objectContaining({ message: 'strict is true or false' })],
    });
  });

  it('needs a kt that is there', async () => {
    const { dir, event } = await checkouts.pushed({ [FILE]: GOOD }, { [FILE]: LOOSER });
    expect(await act(dir, event, { kt: './no-such-kt' })).toMatchObject({
      outcome: 'failure',
      commands: [expect.objectContaining({ message: 'kt: there is no program of that name' })],
    });
  });
});

describe('hostile repositories', () => {
  const NAMES = [
    'with space.yaml',
    'new\nline.yaml',
    '::set-output name=valid::hacked.yaml',
    'line\n::error::forged.yaml',
    '$(touch pwned).yaml',
    '`touch pwned`.yaml',
    `quotes'".yaml`,
    '-rf.yaml',
    '--strict.yaml',
    '*.yaml',
    '{a,b}.yaml',
    'payments@active.yaml',
    'ünïcode.yaml',
    'back\\slash.yaml',
    '<img src=x>|`a`.yaml',
    ' leading.yaml',
    'trailing \n/policy-config.yaml',
  ];
  const all = (content: string) => Object.fromEntries(NAMES.map((name) => [name, content]));

  it('have names that are names and nothing else', async () => {
    const { dir, git, event } = await checkouts.pushed(all(GOOD), all(LOOSER));
    const run = await act(dir, event);
    expect(run).toMatchObject({
      outcome: 'success',
      outputs: { valid: 'true', loosens: 'true' },
      commands: [],
    });
    expect(filesOf(run).toSorted()).toEqual(NAMES.toSorted());
    expect(run.summary.match(/^### Policy changes/gm)).toHaveLength(NAMES.length);
    expect(run.summary).not.toContain('<img');
    expect(await git('status', '--porcelain')).toBe('');
  });

  it('have names that are kept in annotations', async () => {
    const { dir, event } = await checkouts.pushed(all(GOOD), all(WRONG));
    const run = await act(dir, event);
    expect(new Set(run.commands.map(({ properties }) => properties['file']))).toEqual(new Set(NAMES));
    expect(run.commands.every(({ name }) => name === 'error')).toBe(true);
  });

  it('have content that is content and nothing else', async () => {
    const evil = '"::error::forged\\n::set-output name=valid::true\\n$(touch pwned)"';
    const { dir, git, event } = await checkouts.pushed(
      { [FILE]: GOOD },
      { [FILE]: GOOD.replace('name: payments', `name: ${evil}`).replace('[spend-limit]', `[${evil}]`) },
    );
    const run = await act(dir, event, { 'fail-on': 'any' });
    expect(run.outcome).toBe('failure');
    expect(run.commands.filter(({ name }) => name !== 'error' && name !== 'warning')).toEqual([]);
    expect(run.commands.filter(({ message }) => message.startsWith('forged'))).toEqual([]);
    expect(await git('status', '--porcelain')).toBe('');
  });

  it('may set how git shows changes, to no effect', async () => {
    const { dir, git, event } = await checkouts.pushed({ [FILE]: GOOD }, { [FILE]: LOOSER });
    await git('config', 'diff.external', 'touch pwned;');
    await git('config', 'diff.renames', 'false');
    await git('config', 'core.quotePath', 'true');
    writeFileSync(join(dir, '.git/info/attributes'), '*.yaml diff=evil\n');
    expect(filesOf(await act(dir, event))).toEqual([FILE]);
  });
});
