/** GitHub deliveries. https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries */
import { Webhooks } from '@octokit/webhooks';
import { jsonOrFormText } from './content.ts';
import { header, token } from './delivery.ts';
import { decodeUtf8 } from './json.ts';
import { idField, objectField, pushedRef, textFields } from './payload.ts';
import type { DeliveryReader } from './provider.ts';

export const github: DeliveryReader = {
  async verify(delivery, secrets) {
    const signature = header(delivery, 'x-hub-signature-256');
    // The SHA-1 `X-Hub-Signature` is sent too, for old receivers; it vouches for nothing here.
    if (!/^sha256=[0-9a-f]{64}$/.test(signature) || delivery.body.length === 0) return false;
    // octokit takes text. Decoding is strict and keeps a byte order mark, so it sees the bytes as sent.
    const text = decodeUtf8(delivery.body);
    for (const secret of secrets) {
      // Its `verify` ignores `additionalSecrets`, hence one call for each secret.
      if (await new Webhooks({ secret }).verify(text, signature)) return true;
    }
    return false;
  },
  deliveryId: (delivery) => token(delivery, 'x-github-delivery'),
  event: (delivery) => token(delivery, 'x-github-event'),
  pushEvent: 'push',
  payload: jsonOrFormText,
  push(payload) {
    const repository = objectField(payload, 'repository');
    return {
      refs: [pushedRef(payload)],
      repository: {
        id: idField(repository, 'id'),
        name: idField(repository, 'full_name'),
        urls: textFields(repository, ['html_url', 'clone_url', 'ssh_url', 'git_url']),
      },
    };
  },
};
