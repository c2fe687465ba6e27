/** Checks: what a template must pass before it is deployed. */
import { type App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';

/**
 * Adds cdk-nag to the template validator that CDK runs itself. That the validator's findings are errors is set in
 * cdk.json (`validateAgainstDefaultRules`); unset, CDK prints them and carries on.
 */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
