/** Gitea and Forgejo deliveries. https://docs.gitea.com/usage/webhooks */
import { formPayload, isForm, jsonOrFormText } from './content.ts';
import { type Delivery, header, token } from './delivery.ts';
import { idField, objectField, pushedRef, textFields } from './payload.ts';
import type { DeliveryReader } from './provider.ts';
import { hmacSha256, sameSecret } from './same-secret.ts';

export const gitea: DeliveryReader = {
  /**
   * Reads the hosts' own headers only: without a secret Gitea still sends `X-Hub-Signature-256: sha256=`
   * with nothing after it.
   */
  verify(delivery, secrets) {
    const signature = header(delivery, 'x-gitea-signature') || header(delivery, 'x-forgejo-signature');
    if (!/^[0-9a-f]{64}$/.test(signature)) return false;
    const signed = signedBytes(delivery);
    return secrets.some((secret) => sameSecret(hmacSha256(secret, 'hex', signed), signature));
  },
  deliveryId: (delivery) => token(delivery, 'x-gitea-delivery', 'x-forgejo-delivery'),
  event: (delivery) => token(delivery, 'x-gitea-event', 'x-forgejo-event'),
  pushEvent: 'push',
  payload: jsonOrFormText,
  push(payload) {
    const repository = objectField(payload, 'repository');
    return {
      refs: [pushedRef(payload)],
      repository: {
        id: idField(repository, 'id'),
        name: idField(repository, 'full_name'),
        urls: textFields(repository, ['html_url', 'clone_url', 'ssh_url']),
      },
    };
  },
};

/** Sent as a form, what is signed is the JSON inside it, not the body. */
function signedBytes(delivery: Delivery): Uint8Array | string {
  return isForm(delivery) ? formPayload(delivery.body) : delivery.body;
}
