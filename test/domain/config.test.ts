/** The environment: what is missing or malformed is named, and never shown. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENV, parseConfig } from '../../lib/config.ts';

const GOOD = {
  [ENV.table]: 'kt',
  [ENV.syncQueue]: 'https://sqs.eu-west-1.amazonaws.com/1/sync',
  [ENV.gitAllowedNetworks]: ' 10.0.0.0/8, ,192.168.0.0/16 ',
};

describe('parseConfig', () => {
  it('reads what was asked for', () => {
    expect(parseConfig(GOOD, ['table', 'syncQueue', 'gitAllowedNetworks'])).toEqual({
      table: 'kt',
      syncQueue: GOOD[ENV.syncQueue],
      gitAllowedNetworks: ['10.0.0.0/8', '192.168.0.0/16'],
    });
  });

  it('names everything that is wrong at once', () => {
    const broken = { [ENV.table]: '', [ENV.syncQueue]: 'not a url' };
    const read = () => parseConfig(broken, ['table', 'syncQueue', 'dataKey']);
    for (const name of [ENV.table, ENV.syncQueue, ENV.dataKey]) expect(read).toThrow(name);
  });

  it('never shows a value', () => {
    const settings = Object.keys(ENV) as (keyof typeof ENV)[];
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), (secret) => {
        const canary = `canary-${secret}`;
        const environment = Object.fromEntries(
          Object.entries(ENV).map(([setting, name]) => [name, setting === 'table' ? '' : canary]),
        );
        try {
          parseConfig(environment, settings);
          expect.unreachable();
        } catch (error) {
          expect(String(error)).not.toContain(canary);
          expect(String(error)).not.toContain('canary');
        }
      }),
    );
  });
});
