/** Settings: what the person who deploys may choose. */
import { CfnParameter, type Stack } from 'aws-cdk-lib/core';

export interface Settings {
  readonly gitAllowedNetworks: string;
  readonly alarmEmail: string;
  readonly gatewayQueueEndpoint: string;
  readonly eventRetentionHours: string;
}

export function settings(stack: Stack): Settings {
  const gitAllowedNetworks = new CfnParameter(stack, 'GitAllowedNetworks', {
    description:
      'Networks in CIDR notation, comma-separated, that git may be read from although not public. The functions run outside of a VPC, so they must be reachable from there.',
    default: '',
    allowedPattern: '^[0-9A-Fa-f.:/, ]*$',
    constraintDescription: 'a comma-separated list of networks such as 10.20.0.0/16',
  });
  const alarmEmail = new CfnParameter(stack, 'AlarmEmail', {
    description: 'Where alarms are mailed. Empty: they go to the alarm topic only.',
    default: '',
    allowedPattern: '^$|^[^@ ]+@[^@ ]+$',
    constraintDescription: 'one e-mail address, or nothing',
  });
  const gatewayQueueEndpoint = new CfnParameter(stack, 'GatewayQueueEndpoint', {
    description: 'Where gateways reach SQS, such as a VPC endpoint. Empty: at the address that AWS gives it.',
    default: '',
    allowedPattern: '^$|^https?://[^ ]+$',
    constraintDescription: 'one URL, or nothing',
  });
  const eventRetentionHours = new CfnParameter(stack, 'EventRetentionHours', {
    type: 'Number',
    description: 'How long the decisions of gateways are kept. The audit log is kept for good.',
    default: 30 * 24,
    minValue: 1,
    maxValue: 366 * 24,
  });
  return {
    gitAllowedNetworks: gitAllowedNetworks.valueAsString,
    alarmEmail: alarmEmail.valueAsString,
    gatewayQueueEndpoint: gatewayQueueEndpoint.valueAsString,
    // The value of a parameter of numbers is text all the same, as an environment is.
    eventRetentionHours: eventRetentionHours.value.toString(),
  };
}
