/** The local stack in a process of its own, as `npm start` runs it, except that nothing ticks by itself. */
import { start } from '../../local/start.ts';
import { answerCalls } from './child.ts';

let stop = async () => {};

const calls = {
  start: async ({ dataDir }: { dataDir: string }) => {
    const { stack, url, admin_token, endpoints } = await start({
      port: 0,
      dataDir,
      schedules: false,
      log: (from, line) => {
        if (/"fact":"(function|invocation)\.|uncaught/.test(line)) console.error(`${from} ${line}`);
      },
    });
    stop = () => stack.stop();
    return {
      url,
      token: admin_token,
      endpoints,
      region: stack.region,
      table: stack.outputs['TableName'] ?? '',
      syncQueueUrl: stack.queueUrl('sync'),
      fanOutQueueUrl: stack.queueUrl('fan-out'),
      environment: {
        webhook: stack.environmentOf('webhook'),
        fanOut: stack.environmentOf('fan-out'),
      },
      functions: `${dataDir}/build/functions`,
    };
  },
};

export type StackCalls = typeof calls;
answerCalls(calls, () => stop());
