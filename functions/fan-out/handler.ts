/** The fan-out queue on one side, `fanOut` on the other. */
import { parseFanOutMessage } from '../../lib/domain/message.ts';
import { type FanOutPorts, fanOut } from '../../lib/pipeline/fan-out.ts';
import { batchHandler } from '../batch.ts';

export function fanOutHandler(ports: FanOutPorts) {
  const handle = async (body: string) => {
    const message = parseFanOutMessage(body);
    return { configuration: message.configuration, ...(await fanOut(message, ports)) };
  };
  return batchHandler(handle, ports.log, 'fan_out.done');
}
