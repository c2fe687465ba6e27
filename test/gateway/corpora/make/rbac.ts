/** Makes requests for `rbac`: headers that are there or not, tools of roles, data of patients. */
import { type Random, randomOf } from './random.ts';
import { type Section, written } from './section.ts';

const SEED = 61;
const SETTINGS = {
  headers: { deny_if_missing: ['X-User-ID', 'X-Tenant'] },
  auth: { deny_if_missing: [], require_auth: true },
  roles: {
    deny_if_missing: [],
    roles: {
      clerk: { allowed_tools: ['read_*', 'search'] },
      admin: { allowed_tools: ['*'], denied_tools: ['drop_*', 'wire_transfer'] },
      guest: { allowed_tools: [] },
    },
  },
  patients: {
    deny_if_missing: [],
    minimum_necessary: { enabled: true, allowed_phi_roles: ['nurse', 'physician'] },
  },
};

const QUESTIONS = [
  'Hello',
  'What is new?',
  'Summarise the ticket.',
  'Translate this.',
  'Draft a mail.',
  'Plan my day.',
];
const USERS = ['u1', 'ada', 'jane@example.com', '0042', 'svc-batch', 'Zoë'];
const CLERK = ['read_ticket', 'read_mail', 'read_', 'search'];
const NOT_CLERK = ['write_ticket', 'reader', 'delete', 'SEARCH', 'search_all', 'research', 'Read_ticket'];
const ADMIN_DENIED = ['drop_table', 'DROP_database', 'drop_', 'wire_transfer', 'Wire_Transfer'];
const ADMIN = ['read_ticket', 'write', 'dropbox', 'transfer', 'raindrop_x', 'wire_transfers'];

const user = (content: string) => [{ role: 'user', content }];
const offers = (names: readonly string[]) => ({
  tools: names.map((name) => ({ type: 'function', function: { name } })),
});
const asksFor = (name: string) => ({ content: null, tool_calls: [{ function: { name, arguments: '{}' } }] });
const line = (input: object) => JSON.stringify(input);

/** A tool that is offered, was called, or is asked for by the answer. */
function withTool(random: Random, name: string, headers: object): string {
  const messages = user(random.pick(QUESTIONS));
  return line(
    random.pick([
      { headers, messages, request: offers([name]) },
      { headers, messages, upstream_response: asksFor(name) },
      { headers, messages: [...messages, { role: 'assistant', ...asksFor(name) }] },
    ]),
  );
}

const times = <T>(count: number, make: () => T): readonly T[] => Array.from({ length: count }, make);

export function make(): string {
  const random = randomOf(SEED);
  const ask = () => ({ messages: user(random.pick(QUESTIONS)) });
  const id = () => `${random.pick(USERS)}${random.int(50)}`;
  const record = () =>
    random.pick([
      `MRN ${random.digits(8)}`,
      `Medical record number: ${random.digits(7)}`,
      `DOB: 0${1 + random.int(9)}/1${random.int(10)}/19${random.digits(2)}`,
      `date of birth 19${30 + random.int(60)}-0${1 + random.int(9)}-1${random.int(10)}`,
    ]);
  const harmless = () =>
    random.pick([
      `Order ${random.digits(8)} is late.`,
      `Room ${random.digits(3)} is free.`,
      `The meeting is on 2025-0${1 + random.int(9)}-1${random.int(10)}.`,
      `Version ${random.int(9)}.${random.int(9)}.${random.int(9)} is out.`,
      `What does the abbreviation MRN mean, question ${random.int(50)}?`,
    ]);
  const said = (text: string, headers: object) =>
    line(
      random.int(2) === 0
        ? { headers, messages: user(text) }
        : { headers, messages: user('Go on.'), upstream_response: text },
    );
  const role = (name: string) => ({ 'X-User-Role': name });
  const parts = (
    truth: 'positive' | 'negative',
    held: number,
    rows: (count: number) => readonly Section[],
  ) => [...rows(40), ...rows(held).map((section) => ({ ...section, truth: `${truth} held-out` as const }))];
  const positive = (count: number): readonly Section[] => [
    {
      truth: 'positive',
      from: 'a header that is not there, or is empty',
      settings: 'headers',
      shape: 'request',
      texts: times(count, () =>
        line({
          ...ask(),
          headers: random.pick([
            { 'x-user-id': id() },
            { 'X-Tenant': id() },
            { 'X-User-ID': ' '.repeat(random.int(3)), 'X-Tenant': id() },
            { 'X-User-ID': id(), 'x-tenant': '\t' },
          ]),
        }),
      ),
    },
    {
      truth: 'positive',
      from: 'no credential',
      settings: 'auth',
      shape: 'request',
      texts: times(count / 4, () =>
        line({ ...ask(), headers: random.pick([{}, { authorization: '' }, { 'x-user-id': id() }]) }),
      ),
    },
    {
      truth: 'positive',
      from: 'a tool that the role has not',
      settings: 'roles',
      shape: 'request',
      texts: times(count, () =>
        random.pick([
          () => withTool(random, random.pick(NOT_CLERK), role('clerk')),
          () => withTool(random, random.pick(ADMIN_DENIED), role('admin')),
          () =>
            withTool(
              random,
              random.pick(CLERK),
              role(random.pick(['guest', 'root', 'Clerk', 'constructor'])),
            ),
          () => withTool(random, random.pick(CLERK), {}),
        ])(),
      ),
    },
    {
      truth: 'positive',
      from: 'data of patients for other roles',
      settings: 'patients',
      shape: 'request',
      texts: times(count, () =>
        said(`About the patient, ${record()}.`, random.pick([role('clerk'), role('Nurse'), {}])),
      ),
    },
  ];
  const negative = (count: number): readonly Section[] => [
    {
      truth: 'negative',
      from: 'every header is there',
      settings: 'headers',
      shape: 'request',
      texts: times(count, () => line({ ...ask(), headers: { 'x-USER-id': id(), 'X-Tenant': id() } })),
    },
    {
      truth: 'negative',
      from: 'a credential',
      settings: 'auth',
      shape: 'request',
      texts: times(count / 4, () =>
        line({ ...ask(), headers: { Authorization: `Bearer t${random.digits(6)}` } }),
      ),
    },
    {
      truth: 'negative',
      from: 'a tool that the role has, or no tool',
      settings: 'roles',
      shape: 'request',
      texts: times(count, () =>
        random.pick([
          () => withTool(random, random.pick(CLERK), role('clerk')),
          () => withTool(random, random.pick(ADMIN), role('admin')),
          () => line({ ...ask(), headers: role(random.pick(['guest', 'root', 'clerk'])) }),
          () => line(ask()),
        ])(),
      ),
    },
    {
      truth: 'negative',
      from: 'data of patients for the roles that may have it, and other data for all',
      settings: 'patients',
      shape: 'request',
      texts: times(count, () =>
        random.int(2) === 0
          ? said(`About the patient, ${record()}.`, role(random.pick(['nurse', 'physician'])))
          : said(harmless(), random.pick([role('clerk'), {}])),
      ),
    },
  ];
  return written('rbac', SEED, SETTINGS, [
    ...parts('positive', 40, positive),
    ...parts('negative', 40, negative),
  ]);
}
