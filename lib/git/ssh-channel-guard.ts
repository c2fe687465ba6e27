/** SSH channel guard: what the library leaves unguarded on the channels of a connection. */
import type { Client, ClientChannel } from 'ssh2';

/** Twice what a host that keeps to its windows could have under way: the library does not hold it to them. */
const MOST_UNREAD = 8 * 1024 * 1024;

interface Channels {
  update(id: number, channel: ClientChannel): void;
}

/**
 * To be called once the client connects. The library hands a channel out when the host has accepted the command, so
 * this takes it where it is made: an error that nobody listens for would end the process, and what nobody reads yet
 * would fill its memory.
 */
export function guardChannels(client: Client, tooMuch: () => void): void {
  const channels: unknown = Reflect.get(client, '_chanMgr');
  if (!isChannels(channels)) throw new TypeError('this version of ssh2 keeps its channels elsewhere');
  const update = channels.update.bind(channels);
  channels.update = (id, channel) => {
    for (const stream of [channel, channel.stderr]) {
      const push = stream.push.bind(stream);
      stream.on('error', () => {}); // whoever reads learns of it
      stream.push = (chunk: unknown) => {
        if (stream.readableLength <= MOST_UNREAD) return push(chunk);
        tooMuch();
        return false;
      };
    }
    update(id, channel);
  };
}

function isChannels(value: unknown): value is Channels {
  return (
    typeof value === 'object' && value !== null && 'update' in value && typeof value.update === 'function'
  );
}
