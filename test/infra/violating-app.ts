/** An app that breaks a rule on purpose, for the command line to refuse. */
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { App, Stack } from 'aws-cdk-lib/core';
import { addChecks } from '../../infra/checks.ts';

const app = new App();
new Queue(new Stack(app, 'Wrong'), 'Queue', { enforceSSL: true });
addChecks(app);
app.synth();
