/** The checks: the stack passes them, and they do stop what is wrong. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { App, CfnResource, Stack, Validations } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import cdk from '../../cdk.json' with { type: 'json' };
import { addChecks } from '../../infra/checks.ts';
import { synthesize, temporaryFolder } from './template.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** An app with the flags and checks of ours, and whatever is wrong in this test. */
function checked(build: (stack: Stack) => void): App {
  const app = new App({ outdir: temporaryFolder(), context: cdk.context, treeMetadata: false });
  build(new Stack(app, 'Wrong'));
  addChecks(app);
  return app;
}

describe('the stack', () => {
  it('passes cdk-nag and the template validator without a finding, and differs by nothing when unchecked', async () => {
    const [passed, unchecked] = [await synthesize(true), await synthesize(false)];
    const report = JSON.parse(readFileSync(join(passed.outdir, 'validation-report.json'), 'utf8'));
    expect(report.pluginReports).toEqual([]);
    expect(unchecked.template).toEqual(passed.template);
  }, 60_000);
});

describe('a violation', () => {
  it('of a cdk-nag rule stops synthesis', () => {
    const app = checked((stack) => new Queue(stack, 'Queue', { enforceSSL: true }));
    expect(() => app.synth()).toThrow('AwsSolutions-SQS3');
  });

  it('that is acknowledged, with a reason, on its construct does not', () => {
    const app = checked((stack) => {
      const queue = new Queue(stack, 'Queue', { enforceSSL: true });
      Validations.of(queue).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'a test' });
    });
    expect(() => app.synth()).not.toThrow();
  });

  it('that is acknowledged on one construct still stops another', () => {
    const app = checked((stack) => {
      const queue = new Queue(stack, 'Queue', { enforceSSL: true });
      Validations.of(queue).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'a test' });
      new Queue(stack, 'Neighbour', { enforceSSL: true });
    });
    expect(() => app.synth()).toThrow('Wrong/Neighbour');
  });

  it('of the CloudFormation schema stops synthesis', () => {
    const app = checked((stack) => {
      new CfnResource(stack, 'Source', {
        type: 'AWS::Lambda::EventSourceMapping',
        properties: { FunctionName: 'sync', BatchSize: 'many' },
      });
    });
    expect(() => app.synth()).toThrow(/BatchSize.*is not of type 'integer'/);
  });
});

describe('the CDK command line', () => {
  it('fails on a violation, without an account or a network', async () => {
    const app = `node ${join(ROOT, 'test/infra/violating-app.ts')}`;
    const cli = run(
      join(ROOT, 'node_modules/.bin/cdk'),
      ['synth', '--quiet', '--no-notices', '--app', app, '--output', temporaryFolder()],
      {
        cwd: temporaryFolder(),
        env: {
          PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`,
          CDK_DISABLE_CLI_TELEMETRY: '1',
        },
      },
    );
    await expect(cli).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('AwsSolutions-SQS3'),
    });
  }, 60_000);

  it('is told in cdk.json to build first, to report nothing and to treat findings as errors', () => {
    expect(cdk).toMatchObject({
      build: 'node scripts/build.ts',
      app: 'node infra/app.ts',
      versionReporting: false,
      notices: false,
      context: { 'cli-telemetry': false, '@aws-cdk/core:validateAgainstDefaultRules': true },
    });
  });
});
