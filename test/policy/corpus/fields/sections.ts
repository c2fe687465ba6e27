/** `pack`, `policies`, limits and networks. */
import { COUNT, FLAG, oneOf, POSITIVE, type Row, rows } from '../row.ts';

const PACK: readonly Row[] = [
  {
    field: 'pack.name',
    right: ['a', 'Payments, production', 'x'.repeat(200)],
    wrong: [
      ['', 'E034'],
      ['x'.repeat(201), 'E034'],
      [2024, 'E033'],
      [null, 'E033'],
    ],
    required: true,
    typo: 'nam',
  },
  {
    field: 'pack.version',
    right: ['0.0.0', '1.4.0', '10.20.30'],
    wrong: [
      ['1.4', 'E034'],
      ['v1.4.0', 'E034'],
      ['01.4.0', 'E034'],
      ['1.4.0-rc.1', 'E034'],
      ['1.4.0\n', 'E034'],
      [1.4, 'E033'],
      [1, 'E033'],
    ],
    required: true,
    typo: 'versions',
  },
  {
    field: 'pack.enabled',
    ...FLAG,
    right: [true],
    doubtful: [[false, 'E049']],
    required: true,
    typo: 'enable',
  },
  {
    field: 'pack.id',
    right: ['cfg_finance_prod', null, 'x'.repeat(200)],
    wrong: [
      ['', 'E034'],
      ['x'.repeat(201), 'E034'],
      [42, 'E033'],
    ],
    typo: 'idd',
  },
  {
    field: 'pack.author',
    right: ['', 'risk@example.com', 'x'.repeat(200)],
    wrong: [
      ['x'.repeat(201), 'E034'],
      [['Ada'], 'E033'],
    ],
    typo: 'authors',
  },
  {
    field: 'pack.description',
    right: ['', 'x'.repeat(2000)],
    wrong: [
      ['x'.repeat(2001), 'E034'],
      [true, 'E033'],
    ],
    typo: 'descriptions',
  },
];

const CHAIN: Row = {
  field: 'policies.chain',
  right: [['rbac']],
  wrong: [
    ['rbac', 'E033'],
    [['rbac', 7], 'E033', '[1]'],
    [['rbac', 'pii-detectr'], 'E001', '[1]'],
    [['rbac', 'rbac'], 'E035', '[1]'],
  ],
  doubtful: [[['rbac', 'spend-limit'], 'E003', '[1]']],
  required: true,
  typo: 'chains',
};

const WINDOW = { max_requests: 100, window_seconds: 60 };

const LIMITS: readonly Row[] = [
  ...['global_rate_limit', 'ip_rate_limit', 'user_rate_limit'].flatMap((section) =>
    rows({ [section]: WINDOW }, [
      { field: `${section}.max_requests`, ...POSITIVE, required: true, typo: 'max_request' },
      { field: `${section}.window_seconds`, ...POSITIVE, required: true, typo: 'window_second' },
    ]),
  ),
  {
    field: 'ip_rate_limit.trust_proxy_depth',
    ...COUNT,
    also: { ip_rate_limit: WINDOW },
    typo: 'trust_proxy_dept',
  },
  {
    field: 'user_rate_limit.header_names',
    right: [[], ['X-User-ID']],
    wrong: [
      ['X-User-ID', 'E033'],
      [['X User'], 'E034', '[0]'],
      [[1], 'E033', '[0]'],
    ],
    also: { user_rate_limit: WINDOW },
    typo: 'header_name',
  },
  ...rows({ token_rate_limit: { max_tokens: 1000, window_seconds: 60 } }, [
    { field: 'token_rate_limit.max_tokens', ...POSITIVE, required: true, typo: 'max_token' },
    { field: 'token_rate_limit.window_seconds', ...POSITIVE, required: true, typo: 'window_second' },
    { field: 'token_rate_limit.scope', ...oneOf(['global'], 'user'), typo: 'scopes' },
  ]),
  { field: 'size_limits.max_body_bytes', ...POSITIVE, typo: 'max_body_byte' },
  { field: 'size_limits.max_response_bytes', ...POSITIVE, typo: 'max_response_byte' },
];

const CIDRS: Pick<Row, 'right' | 'wrong'> = {
  right: [[], ['10.0.0.0/8', '192.168.1.1/32', '0.0.0.0/0'], ['2001:db8::/32', '::/0', '::1/128']],
  wrong: [
    ['10.0.0.0/8', 'E033'],
    [['10.0.0.0'], 'E034', '[0]'],
    [['10.0.0.0/33'], 'E034', '[0]'],
    [['10.0.0.256/8'], 'E034', '[0]'],
    [['10.0.0.0/8', '2001:db8::/129'], 'E034', '[1]'],
    [[10], 'E033', '[0]'],
  ],
};

const NETWORK: readonly Row[] = [
  ...rows({ ip_allowlist: { cidrs: ['10.0.0.0/8'] } }, [
    { field: 'ip_allowlist.enabled', ...FLAG, typo: 'enable' },
    { field: 'ip_allowlist.cidrs', ...CIDRS, required: true, typo: 'cidr' },
    { field: 'ip_allowlist.trust_proxy_depth', ...COUNT, typo: 'trust_proxy_dept' },
  ]),
  { field: 'cors.enabled', ...FLAG, typo: 'enable' },
  {
    field: 'cors.allow_origins',
    right: [[], ['https://app.example.com'], ['*']],
    wrong: [
      ['*', 'E033'],
      [[''], 'E034', '[0]'],
      [[1], 'E033', '[0]'],
    ],
    typo: 'allow_origin',
  },
  {
    field: 'cors.allow_methods',
    right: [[], ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ['*']],
    wrong: [
      ['GET', 'E033'],
      [['get'], 'E034', '[0]'],
      [['GET', 'TRACE'], 'E034', '[1]'],
    ],
    typo: 'allow_method',
  },
  ...['allow_headers', 'expose_headers'].map(
    (name): Row => ({
      field: `cors.${name}`,
      right: [[], ['content-type', 'x-request-id'], ['*']],
      wrong: [
        ['*', 'E033'],
        [['two words'], 'E034', '[0]'],
        [[''], 'E034', '[0]'],
        [[1], 'E033', '[0]'],
      ],
      typo: name.slice(0, -1),
    }),
  ),
  { field: 'cors.credentials', ...FLAG, typo: 'credential' },
  { field: 'cors.max_age', ...COUNT, typo: 'maxage' },
];

export const SECTIONS: readonly Row[] = [...PACK, CHAIN, ...LIMITS, ...NETWORK];
