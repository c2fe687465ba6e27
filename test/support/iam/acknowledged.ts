/** Grants that no test uses, each with the reason why it is there all the same. */
import type { Acknowledged } from './judge.ts';

const FUNCTIONS = ['Webhook', 'Poll', 'Sync', 'FanOut', 'Api'] as const;
const POLLED = ['Sync', 'FanOut'] as const;

export const ACKNOWLEDGED: readonly Acknowledged[] = [
  ...FUNCTIONS.flatMap((name) =>
    ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
      grant: `${name}Role Log: ${action} on ${name}Log`,
      reason: 'Lambda itself writes what a function prints; here it goes to the log of the stack.',
    })),
  ),
  ...POLLED.map((name) => ({
    grant: `${name}Role Work: sqs:GetQueueAttributes on ${name}Queue`,
    reason:
      'Lambda looks at the queue when it is told to poll it; the local poller knows it from the template.',
  })),
  {
    grant: 'FanOutRole Send: sqs:SendMessage on FanOutQueue',
    reason: 'A fan-out goes on in a message of its own beyond a thousand gateways; test/scale has that many.',
    seldom: true,
  },
  {
    grant: 'SyncRole RowsHook: dynamodb:DeleteItem*',
    reason:
      'A run removes a hook only when whoever removed its last link died on the way (test/model/crash-points).',
    seldom: true,
  },
];
