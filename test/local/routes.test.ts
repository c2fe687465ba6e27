import { describe, expect, it } from 'vitest';
import { routeSelector } from '../../local/http/routes.ts';

const select = (keys: string[]) => {
  const selector = routeSelector(keys.map((key) => ({ key })));
  return (method: string, path: string) => {
    const found = selector(method, path);
    return found && [found.route.key, found.pathParameters];
  };
};

describe('the route of a request', () => {
  it('is the literal one before a variable, a variable before a greedy one, and $default last', () => {
    const route = select(['$default', 'GET /{proxy+}', 'GET /pets/{id}', 'GET /pets/new']);
    expect(route('GET', '/pets/new')).toEqual(['GET /pets/new', undefined]);
    expect(route('GET', '/pets/6')).toEqual(['GET /pets/{id}', { id: '6' }]);
    expect(route('GET', '/pets/6/toys')).toEqual(['GET /{proxy+}', { proxy: 'pets/6/toys' }]);
    expect(route('POST', '/pets/new')).toEqual(['$default', undefined]);
  });

  it('prefers a method to ANY', () => {
    const route = select(['ANY /a', 'GET /a']);
    expect(route('GET', '/a')?.[0]).toBe('GET /a');
    expect(route('PUT', '/a')?.[0]).toBe('ANY /a');
  });

  it('does not take an empty variable, or more or fewer segments than the route has', () => {
    const route = select(['POST /v1/hooks/{hookId}']);
    expect(route('POST', '/v1/hooks/h1')).toEqual(['POST /v1/hooks/{hookId}', { hookId: 'h1' }]);
    for (const path of ['/v1/hooks/', '/v1/hooks', '/v1/hooks/a/b', '/v1/hooks/a/', '/']) {
      expect(route('POST', path)).toBeUndefined();
    }
  });
});
