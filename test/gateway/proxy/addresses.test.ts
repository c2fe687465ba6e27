import { describe, expect, it } from 'vitest';
import type { Target } from '../../../gateway/engine/sections.ts';
import { addressOf } from '../../../gateway/proxy/upstreams/address.ts';

type Given = Partial<Target> & { readonly fromEnvironment?: Record<string, string> };
const target = (fields: Given): Target => ({
  id: 't',
  azure_api_version: '2024-02-01',
  fromEnvironment: {},
  ...fields,
});
const ENVIRONMENT: Record<string, string> = {
  KEY: 'k1',
  ACCOUNT: 'acme/1',
  KEEPTRUSTS_GATEWAY_TOKEN: 'ours',
  BAD: 'a\nb',
};
const find = (fields: Given, override?: Parameters<typeof addressOf>[2]) =>
  addressOf(target(fields), (name) => ENVIRONMENT[name], override);

function known(fields: Given, model = 'm1') {
  const outcome = find(fields);
  if (outcome.kind !== 'known') throw new Error(JSON.stringify(outcome));
  return { url: outcome.address.url(model).href, headers: outcome.address.key.headers };
}

describe('the address of a target', () => {
  it.each([
    [{ provider: 'openai' }, 'https://api.openai.com/v1/chat/completions'],
    [{}, 'https://api.openai.com/v1/chat/completions'],
    [{ provider: 'xai' }, 'https://api.x.ai/v1/chat/completions'],
    [{ base_url: 'http://localhost:8080' }, 'http://localhost:8080/v1/chat/completions'],
    [{ base_url: 'http://localhost:8080/' }, 'http://localhost:8080/v1/chat/completions'],
    [{ base_url: 'http://localhost:8080/v1' }, 'http://localhost:8080/v1/chat/completions'],
    [{ base_url: 'https://x.example/api/v1/chat/completions' }, 'https://x.example/api/v1/chat/completions'],
    [
      { provider: 'anthropic', format: 'openai', base_url: 'https://api.anthropic.com/v1' },
      'https://api.anthropic.com/v1/chat/completions',
    ],
    [
      { provider: 'azure', base_url: 'https://r.openai.azure.com', model: 'gpt-4o' },
      'https://r.openai.azure.com/openai/deployments/m1/chat/completions?api-version=2024-02-01',
    ],
    [
      {
        provider: 'azure-openai',
        base_url: 'https://r.openai.azure.com',
        azure_deployment: 'd 1',
        azure_api_version: '2025-01-01',
      },
      'https://r.openai.azure.com/openai/deployments/d%201/chat/completions?api-version=2025-01-01',
    ],
    [
      { base_url: 'https://x.example/p', path_template: '/m/{model}/chat?v={api_version}' },
      'https://x.example/p/m/m1/chat?v=2024-02-01',
    ],
    [
      {
        provider: 'cloudflare-gateway',
        base_url: 'https://gateway.example/v1',
        path_template: '{cloudflare_account_id}/gw/openai/chat/completions',
        fromEnvironment: { cloudflare_account_id: 'ACCOUNT' },
      },
      'https://gateway.example/v1/acme%2F1/gw/openai/chat/completions',
    ],
  ])('of %j', (fields, url) => {
    expect(known(fields).url).toBe(url);
  });

  it.each([
    [{ provider: 'anthropic' }, /provider anthropic speaks a protocol of its own/],
    [{ provider: 'bedrock', base_url: 'https://x.example' }, /a protocol of its own/],
    [{ provider: 'litellm' }, /it has no base_url/],
    [{ format: 'anthropic', base_url: 'https://x.example' }, /its format is "anthropic"/],
    [{ base_url: 'https://x.example', path_template: '/{nobody}/x' }, /\{nobody\}/],
  ])('of %j is refused when the document is loaded', (fields, why) => {
    expect(find(fields)).toEqual({ kind: 'unsupported', why: expect.stringMatching(why) });
  });
});

describe('the key of a target', () => {
  const at = { base_url: 'https://x.example' };

  it.each([
    [{ ...at, secret_key_ref: { env: 'KEY' } }, { authorization: 'Bearer k1' }],
    [{ ...at, secret_key_ref: { store: 'KEY' } }, { authorization: 'Bearer k1' }],
    [{ ...at, fromEnvironment: { api_key: 'KEY' } }, { authorization: 'Bearer k1' }],
    [{ ...at, secret_key_ref: { env: 'KEY' }, api_key_header: 'X-Key' }, { 'x-key': 'k1' }],
    [{ ...at, secret_key_ref: { env: 'KEY' }, api_key_prefix: 'Token' }, { authorization: 'Token k1' }],
    [{ ...at, secret_key_ref: { env: 'KEY' }, api_key_prefix: '' }, { authorization: 'k1' }],
    [{ ...at, provider: 'azure', secret_key_ref: { env: 'KEY' } }, { 'api-key': 'k1' }],
    [at, {}],
  ])('of %j', (fields, headers) => {
    expect(known(fields).headers).toEqual(headers);
  });

  it.each([
    [{ env: 'NONE' }, /environment variable NONE is not set/],
    [{ store: 'NONE' }, /stored secret NONE is looked for in the environment variable of that name/],
    [{ env: 'KEEPTRUSTS_GATEWAY_TOKEN' }, /belongs to the gateway itself/],
    [{ env: 'BAD' }, /characters that no header can hold/],
  ])('%j makes the target unavailable, and the rest of the document is enforced', (secret_key_ref, why) => {
    expect(find({ ...at, secret_key_ref })).toEqual({ kind: 'unavailable', why: expect.stringMatching(why) });
  });

  it('with a prefix that no header can hold makes the target unavailable as well', () => {
    const fields = { ...at, secret_key_ref: { env: 'KEY' }, api_key_prefix: 'a\nb' };
    expect(find(fields)).toEqual({ kind: 'unavailable', why: expect.stringContaining('api_key_prefix') });
  });
});

describe('an address given for trying out', () => {
  it('stands in for that of every target, whatever it speaks', () => {
    const override = { url: 'http://127.0.0.1:9/v1', apiKey: 'debug', apiKeyHeader: 'X-Debug' };
    const outcome = find({ provider: 'bedrock' }, override);
    if (outcome.kind !== 'known') throw new Error(outcome.kind);
    expect(outcome.address.url('m').href).toBe('http://127.0.0.1:9/v1/chat/completions');
    expect(outcome.address.key.headers).toEqual({ 'x-debug': 'debug' });
  });
});
