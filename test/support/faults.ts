/**
 * Faults below the ports: every call that the adapters make of their clients passes one point, which knows its
 * number and from where in `lib/` it comes, and can let it go wrong before or after it happened.
 */
import {
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { KMSServiceException } from '@aws-sdk/client-kms';
import { SQSServiceException } from '@aws-sdk/client-sqs';
import { Fault } from '../../lib/domain/fault.ts';
import type { GitHost } from '../../lib/ports.ts';
import { callSite, type Site } from './call-site.ts';
import type { Below } from './ports-over.ts';

export type Service = 'dynamodb' | 'kms' | 'sqs' | 'sts' | 'git';

/** A call as it arrives at the point. */
export interface Call extends Site {
  readonly number: number;
  readonly service: Service;
  readonly operation: string;
}

/**
 * `network` and `timeout`: thrown, the call made or not. `abort`: the process is gone, nothing of it goes on. `twice`:
 * made twice, as by an SDK whose first answer was lost. `partial`: answered in part. `throttle`: this call and the
 * next ones to that service. `conflict`: another transaction was at work.
 */
export const FAULTS = ['network', 'timeout', 'abort', 'twice', 'partial', 'throttle', 'conflict'] as const;
export type FaultKind = (typeof FAULTS)[number];
export type When = 'before' | 'after';

export interface PlannedFault {
  /** Of the call, counted from 0. */
  readonly at: number;
  readonly kind: FaultKind;
  readonly when: When;
}

/** Calls of the same service that are throttled after the first one. */
const THROTTLED_CALLS = 8;

/** What can go wrong with a call, where: only some are answered in part, and only writes meet transactions. */
export function faultsOf({
  service,
  operation,
}: Pick<Call, 'service' | 'operation'>): readonly { kind: FaultKind; when: When }[] {
  const both = (['network', 'timeout', 'abort'] as const).flatMap((kind) =>
    (['before', 'after'] as const).map((when) => ({ kind, when })),
  );
  return [
    ...both,
    // The SDK gives a transaction a token, by which DynamoDB knows the second from the first.
    ...(operation === 'TransactWriteItems' ? [] : [{ kind: 'twice', when: 'after' } as const]),
    ...(PARTLY.has(operation) ? [{ kind: 'partial', when: 'after' } as const] : []),
    ...(service === 'git' ? [] : [{ kind: 'throttle', when: 'before' } as const]),
    ...(CONFLICTING.has(operation) ? [{ kind: 'conflict', when: 'before' } as const] : []),
  ];
}

const PARTLY: ReadonlySet<string> = new Set(['BatchGetItem', 'Query', 'SendMessageBatch']);
const CONFLICTING: ReadonlySet<string> = new Set(['TransactWriteItems', 'UpdateItem']);

/** One process: its calls in order, and what goes wrong with one of them. */
export class FaultPoint {
  readonly calls: Call[] = [];
  readonly #planned: PlannedFault | null;
  readonly #traces: boolean;
  #throttled: { service: Service; calls: number } | null = null;
  #dead = false;
  #die: () => void = () => {};
  /** Settles when the process is aborted. */
  readonly died = new Promise<'died'>((resolve) => {
    this.#die = () => resolve('died');
  });
  /** Whether the fault came to pass. */
  struck = false;

  /** `traces`: every call is asked where it comes from, which takes longer than the call. */
  constructor(planned: PlannedFault | null = null, traces = false) {
    this.#planned = planned;
    this.#traces = traces;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** `make` makes the call; `partly` makes it, and answers it in part. */
  async pass<T>(
    service: Service,
    operation: string,
    make: () => Promise<T>,
    partly: (() => Promise<T>) | null,
  ): Promise<T> {
    // A process that is gone neither makes calls nor learns that it cannot.
    if (this.#dead) return never();
    const number = this.calls.length;
    const site = this.#traces ? callSite(this.pass) : UNTRACED;
    this.calls.push({ number, service, operation, ...site });
    if (this.#throttled?.service === service && this.#throttled.calls-- > 0) throw throttling(service);
    if (this.#planned?.at !== number) return this.#unlessDead(make());
    this.struck = true;
    return this.#unlessDead(this.#goWrong(this.#planned, service, operation, make, partly));
  }

  /** What was under way when the process ended may have happened, and its answer reaches nobody. */
  async #unlessDead<T>(answer: Promise<T>): Promise<T> {
    const settled = await answer.then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    return this.#dead ? never() : settled();
  }

  async #goWrong<T>(
    { kind, when }: PlannedFault,
    service: Service,
    operation: string,
    make: () => Promise<T>,
    partly: (() => Promise<T>) | null,
  ): Promise<T> {
    if (kind === 'partial') return (partly ?? make)();
    if (when === 'after') await make();
    if (kind === 'twice') return make();
    if (kind === 'throttle') this.#throttled = { service, calls: THROTTLED_CALLS };
    if (kind === 'throttle') throw throttling(service);
    if (kind === 'conflict') throw conflict(operation);
    if (kind === 'abort') {
      this.#dead = true;
      this.#die();
      return never();
    }
    throw broken(service, kind);
  }
}

const UNTRACED: Site = { client: 'untraced', site: 'untraced' };
/** A new one each time: one for all would hold on to everything that waits for it. */
export const never = () => new Promise<never>(() => {});
const METADATA = { $metadata: { attempts: 3 } } as const;

function throttling(service: Service): Error {
  const message = 'Rate exceeded';
  if (service === 'dynamodb') return new ProvisionedThroughputExceededException({ message, ...METADATA });
  const about = { name: 'ThrottlingException', $fault: 'client', message, ...METADATA } as const;
  return service === 'kms' ? new KMSServiceException(about) : new SQSServiceException(about);
}

function conflict(operation: string): Error {
  const message = 'Transaction is ongoing for the item';
  if (operation !== 'TransactWriteItems') return new TransactionConflictException({ message, ...METADATA });
  return new TransactionCanceledException({
    message,
    CancellationReasons: [{ Code: 'TransactionConflict' }],
    ...METADATA,
  });
}

/** As the SDK's HTTP handler names them; our git client makes a `Fault` of what its connections meet. */
function broken(service: Service, kind: FaultKind): Error {
  if (service === 'git') return new Fault('network', `the git host could not be reached (${kind})`);
  const error = new Error(kind === 'timeout' ? 'the request took too long' : 'read ECONNRESET');
  error.name = kind === 'timeout' ? 'TimeoutError' : 'Error';
  return error;
}

/** The clients of a process whose calls all pass the point. */
export function faulty(below: Below, point: FaultPoint): Below {
  return {
    ...below,
    table: { ...below.table, client: faultyClient('dynamodb', below.table.client, point) },
    kms: faultyClient('kms', below.kms, point),
    sqs: faultyClient('sqs', below.sqs, point),
    git: faultyGit(below.git, point),
  };
}

interface Client {
  send(command: { readonly input: object }): Promise<object>;
}

export function faultyClient<C>(service: Service, client: C, point: FaultPoint): C {
  const real = client as unknown as Client;
  const send: Client['send'] = (command) => {
    const operation = command.constructor.name.replace(/Command$/, '');
    const partly = PARTLY.has(operation) ? () => inPart(operation, real, command) : null;
    return point.pass(service, operation, () => real.send(command), partly);
  };
  return { send } as unknown as C;
}

/** Less than was asked for, and said so: what AWS may do at any time. */
async function inPart(
  operation: string,
  client: Client,
  command: { readonly input: object },
): Promise<object> {
  const Command = command.constructor as new (input: object) => typeof command;
  const { input } = command;
  if (operation === 'Query') return client.send(new Command({ ...input, Limit: 1 }));
  if (operation === 'BatchGetItem' && 'RequestItems' in input) {
    const [[table, request] = ['', { Keys: [] }]] = Object.entries(
      input.RequestItems as Record<string, { Keys: object[] }>,
    );
    const half = Math.ceil(request.Keys.length / 2);
    const answer = await client.send(
      new Command({ RequestItems: { [table]: { ...request, Keys: request.Keys.slice(0, half) } } }),
    );
    const left = request.Keys.slice(half);
    return left.length === 0
      ? answer
      : { ...answer, UnprocessedKeys: { [table]: { ...request, Keys: left } } };
  }
  const { Entries = [] } = input as { Entries?: { Id: string }[] };
  const half = Math.floor(Entries.length / 2);
  if (half > 0) await client.send(new Command({ ...input, Entries: Entries.slice(0, half) }));
  const Failed = Entries.slice(half).map(({ Id }) => ({
    Id,
    Code: 'ServiceUnavailable',
    SenderFault: false,
  }));
  return { Successful: Entries.slice(0, half).map(({ Id }) => ({ Id })), Failed };
}

function faultyGit(git: GitHost, point: FaultPoint): GitHost {
  return {
    resolve: (repository, branch) =>
      point.pass('git', 'resolve', () => git.resolve(repository, branch), null),
    read: (request) => point.pass('git', 'read', () => git.read(request), null),
  };
}
