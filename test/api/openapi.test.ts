/** OpenAPI: the document and the router are the same table. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../lib/api/routes/table.ts';
import { type Api, type Json, PUBLIC_URL, routeOf, startApi } from '../support/api.ts';

let server: Awaited<ReturnType<typeof startApi>>;
let api: Api;
let document: Json;
beforeAll(async () => {
  server = await startApi();
  api = await server.fresh();
  document = (await api.call('GET', '/openapi.json', { token: null })).json;
});
afterAll(() => server.close());

const operations = (): [path: string, method: string, operation: Json][] =>
  Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([method, operation]): [string, string, Json] => [
      path,
      method,
      operation,
    ]),
  );

describe('the OpenAPI document', () => {
  it('is one, and says where the API is', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: PUBLIC_URL }] });
  });

  it.each(ROUTES.map((route) => [route.method, route.path, route] as const))(
    'has %s %s',
    (method, path, route) => {
      const operation = document.paths[path]?.[method];
      expect(operation.responses[route.status]).toBeDefined();
      expect(operation.responses.default).toBeDefined();
      expect(operation.security.length === 0).toBe(route.needs === 'public');
      for (const scheme of operation.security.flatMap(Object.keys))
        expect(document.components.securitySchemes).toHaveProperty(scheme);
      expect(operation.requestBody !== undefined).toBe(route.body !== null);
      const names = (operation.parameters ?? []).map(({ name }: Json) => name);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(names).toEqual([...inPath, ...Object.keys(route.query?.shape ?? {})]);
    },
  );

  it('has nothing that is not routed', async () => {
    expect(operations()).toHaveLength(ROUTES.length);
    for (const [path, method] of operations()) {
      const asked = path.replaceAll(/\{\w+\}/g, 'x');
      expect(routeOf(method.toUpperCase(), asked)?.path).toBe(path);
      const answer = await api.call(method.toUpperCase(), asked, { token: null });
      expect([path, answer.status]).not.toEqual([path, 404]);
      expect([path, answer.status]).not.toEqual([path, 405]);
    }
  });

  it('names every operation once, and refers only to what is in it', () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(refs.length).toBeGreaterThan(30);
    for (const [, name = ''] of refs) expect(document.components.schemas).toHaveProperty([name]);
  });

  it('states the limits that requests are held to', () => {
    const { LinkRequest, Link } = document.components.schemas;
    expect(LinkRequest.additionalProperties).toBe(false);
    expect(LinkRequest.required).toEqual(['path']);
    expect(LinkRequest.properties.poll_interval_seconds).toMatchObject({
      minimum: 30,
      maximum: 86_400,
      default: 60,
    });
    expect(LinkRequest.properties.branch).toMatchObject({ default: 'main' });
    expect(LinkRequest.properties).toHaveProperty('access_token');
    expect(Link.properties).not.toHaveProperty('access_token');
  });
});
