/** An address: where a target of the document is reached, with which headers, and what it takes to know. */
import type { Target } from '../../engine/sections.ts';
import { type Environment, type Key, keyOf } from './key.ts';

export interface Override {
  /** Instead of the address and the key of every target: for trying a policy out. */
  readonly url: string;
  readonly apiKey?: string;
  readonly apiKeyHeader?: string;
  readonly apiKeyPrefix?: string;
}

export interface Address {
  readonly origin: URL;
  /** `model`: what is asked for, where the path names it. */
  url(model: string): URL;
  readonly key: Key;
}

export type AddressOutcome =
  | { readonly kind: 'known'; readonly address: Address }
  /** Nothing was ever going to reach it: the document is not to be loaded. */
  | { readonly kind: 'unsupported'; readonly why: string }
  /** It takes what this machine does not have. */
  | { readonly kind: 'unavailable'; readonly why: string };

/** Where a provider is when the document does not say. */
const DEFAULT_ADDRESSES: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com',
  xai: 'https://api.x.ai',
  aimlapi: 'https://api.aimlapi.com',
};
const OTHER_PROTOCOLS: ReadonlySet<string> = new Set(['anthropic', 'google', 'bedrock', 'mcp', 'cloudera']);
const AZURE: ReadonlySet<string> = new Set(['azure', 'azure-openai']);

export function addressOf(target: Target, environment: Environment, override?: Override): AddressOutcome {
  if (override) return overridden(override);
  const provider = (target.provider ?? target.provider_type ?? 'openai').toLowerCase();
  const format = target.format?.toLowerCase() ?? null;
  if (format !== null && format !== 'openai')
    return {
      kind: 'unsupported',
      why: `its format is ${JSON.stringify(target.format)}, and only openai is spoken`,
    };
  if (format === null && OTHER_PROTOCOLS.has(provider))
    return {
      kind: 'unsupported',
      why: `provider ${provider} speaks a protocol of its own; with an endpoint of it that speaks OpenAI's, set its base_url and \`format: openai\``,
    };
  const read = readVariables(target, environment);
  if ('missing' in read)
    return { kind: 'unavailable', why: `the environment variable ${read.missing} is not set` };
  const { variables } = read;
  const base = variables['base_url'] ?? target.base_url ?? DEFAULT_ADDRESSES[provider];
  if (base === undefined)
    return { kind: 'unsupported', why: `it has no base_url, and none is known of provider ${provider}` };
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol))
    return { kind: 'unavailable', why: 'its base_url is no http:// or https:// URL' };
  const unknown = unknownIn(target.path_template ?? '', variables);
  if (unknown !== undefined)
    return {
      kind: 'unsupported',
      why: `its path_template has {${unknown}}, and no ${unknown}_env says what that is`,
    };
  const key = keyOf(target, AZURE.has(provider), environment);
  if ('why' in key) return { kind: 'unavailable', why: key.why };
  const path = pathOf(target, AZURE.has(provider), variables);
  return {
    kind: 'known',
    address: { origin: new URL(base), url: (model) => path(new URL(base), model), key },
  };
}

function overridden({ url, apiKey, apiKeyHeader, apiKeyPrefix }: Override): AddressOutcome {
  const header = apiKeyHeader?.toLowerCase() ?? 'authorization';
  const prefix = apiKeyPrefix ?? (header === 'authorization' ? 'Bearer ' : '');
  const key: Key = apiKey === undefined ? { headers: {}, secret: null } : withPrefix(header, prefix, apiKey);
  return {
    kind: 'known',
    address: { origin: new URL(url), url: () => chatPath(new URL(url)), key },
  };
}

const withPrefix = (header: string, prefix: string, secret: string): Key => ({
  headers: { [header]: prefix + (/[A-Za-z0-9]$/.test(prefix) ? ' ' : '') + secret },
  secret,
});

function readVariables(target: Target, environment: Environment) {
  const variables: Record<string, string> = {};
  for (const [field, name] of Object.entries(target.fromEnvironment)) {
    if (field === 'api_key') continue;
    const value = environment(name);
    if (value === undefined) return { missing: name };
    variables[field] = value;
  }
  return { variables };
}

function pathOf(target: Target, isAzure: boolean, variables: Readonly<Record<string, string>>) {
  const version = variables['azure_api_version'] ?? target.azure_api_version;
  const deployment = variables['azure_deployment'] ?? target.azure_deployment;
  const template = variables['path_template'] ?? target.path_template;
  return (base: URL, model: string): URL => {
    const known = { ...variables, model, deployment: deployment ?? model, api_version: version };
    if (template !== undefined) return templated(base, template, known);
    if (!isAzure) return chatPath(base);
    const path = `/openai/deployments/${encodeURIComponent(known.deployment)}/chat/completions`;
    const url = below(base, path);
    url.searchParams.set('api-version', version);
    return url;
  };
}

/** `{model}`, `{deployment}`, `{api_version}`, and `{name}` for every `name_env` of the target. */
const PLACEHOLDER = /\{([a-z0-9_]+)\}/g;

const ALWAYS_KNOWN: ReadonlySet<string> = new Set(['model', 'deployment', 'api_version']);

function unknownIn(template: string, variables: Readonly<Record<string, string>>): string | undefined {
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  return names.find((name) => !ALWAYS_KNOWN.has(name) && !Object.hasOwn(variables, name));
}

function templated(base: URL, template: string, known: Readonly<Record<string, string>>): URL {
  const filled = template.replaceAll(PLACEHOLDER, (_, name: string) => encodeURIComponent(known[name] ?? ''));
  const [path = '', query] = filled.split('?', 2);
  const url = below(base, path.startsWith('/') ? path : `/${path}`);
  if (query !== undefined) url.search = query;
  return url;
}

/** Some write the address with `/v1` and some without, and some in full. */
function chatPath(base: URL): URL {
  const path = base.pathname.replace(/\/+$/, '');
  if (path.endsWith('/chat/completions')) return base;
  return below(base, /\/v\d+[a-z0-9]*$|\/openai$/.test(path) ? '/chat/completions' : '/v1/chat/completions');
}

function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/+$/, '') + path;
  return url;
}
