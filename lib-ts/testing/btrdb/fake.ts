import { bad, didYouMean, integer, quote, readOptions, text, type Check } from '../../input/index.js'
import { InvalidArgumentError } from '../../errors.js'
import { State } from './calls/state.js'
import type { ArrowPages } from './arrow.js'
import {
  grpcCodes,
  type BtrdbFakeOptions,
  type FakeCall,
  type FakeFault,
  type FakeStream,
} from './options.js'
import { GrpcEnd } from './server.js'
import type { StoredStream } from './store/stream.js'
import { calls } from './wire/schema.js'

/** The first version whose server speaks Arrow, and the last one that does not. */
const WITHOUT_ARROW = [5, 29] as const
const WITH_ARROW = [5, 34] as const

const speaksArrow = ([major, minor]: readonly [number, number]): boolean =>
  major > 5 || (major === 5 && minor > WITHOUT_ARROW[1])

/**
 * A BTrDB server for tests, in this process, on the loopback interface. It keeps what is written at every version, and
 * tells what it was asked. An open one holds the process.
 */
export class BtrdbFake implements AsyncDisposable {
  readonly #state: State
  readonly #grpc: GrpcEnd
  #endpoint = ''

  /** @internal */
  constructor(options: BtrdbFakeOptions, arrow: ArrowPages | undefined) {
    const version = options.version ?? (arrow === undefined ? WITHOUT_ARROW : WITH_ARROW)
    const behaviour = {
      version,
      page: options.pageSize ?? 5000,
      insertLimit: options.insertLimit ?? 50_000,
      proxies: [...(options.proxies ?? [])],
    }
    this.#state = new State(behaviour, speaksArrow(version) ? arrow : undefined)
    this.#grpc = new GrpcEnd(this.#state, {
      keys: options.apiKeys === undefined ? undefined : [...options.apiKeys],
      withPlatform: options.platform ?? true,
    })
  }

  /** @internal */
  async start({ host = '127.0.0.1', port = 0, tls }: BtrdbFakeOptions): Promise<void> {
    this.#endpoint = await this.#grpc.start({ host, port, tls })
  }

  /** `host:port`, as clients take it. */
  get endpoint(): string {
    return this.#endpoint
  }

  /** All calls since the start, or since {@link clear}, the newest last. */
  get calls(): readonly FakeCall[] {
    return this.#grpc.calls
  }

  /** Calls that run now. */
  get running(): number {
    return this.#grpc.running
  }

  /** The most calls that ran at one time. */
  get peakRunning(): number {
    return this.#grpc.peakRunning
  }

  /** The streams there are, in the order in which they were created, as they are now. */
  get streams(): readonly FakeStream[] {
    return this.#state.database.streams.map(shown)
  }

  /**
   * Makes the next calls of one kind fail: those that come first meet the faults that were asked for first. Without
   * `code`, `grpc`, `delay` and `hang` it is `UNAVAILABLE`.
   *
   * @throws InvalidArgumentError when there is no such call, or an option is bad
   */
  fail(rpc: string, fault: FakeFault = {}): void {
    const known = [...Object.keys(calls), 'Platform']
    if (!known.includes(rpc))
      throw new InvalidArgumentError(`there is no call ${quote(rpc)}${didYouMean(rpc, known)}`, {
        op: 'fail',
      })
    const read = readOptions(fault, checks, 'fail') as FakeFault
    const { code, grpc, delay, hang } = read
    const plain = code === undefined && grpc === undefined && delay === undefined && hang !== true
    this.#grpc.faults.add(rpc, plain ? { ...read, grpc: 'UNAVAILABLE' } : read)
  }

  /** Cuts all connections, without a word; the server goes on. */
  drop(): void {
    this.#grpc.drop()
  }

  /** Forgets all streams, faults and calls, so that the server is as it was at its start. */
  clear(): void {
    this.#state.clear()
    this.#grpc.faults.clear()
    this.#grpc.calls.length = 0
    this.#grpc.peakRunning = this.#grpc.running
  }

  /** Ends all calls, connections, and the server. Closing again does nothing. */
  close(): Promise<void> {
    return this.#grpc.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

const milliseconds: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 0) || value > 2 ** 31 - 1)
    throw bad(name, 'a number of milliseconds from 0', value)
  return value
}

const times: Check<number> = (value, name) =>
  value === Infinity ? Infinity : integer(1, Number.MAX_SAFE_INTEGER)(value, name)

const checks = {
  code: integer(1, 2 ** 32 - 1),
  grpc: (value: unknown, name: string) => {
    if (!grpcCodes.includes(value as never)) throw bad(name, grpcCodes.join(', '), value)
    return value
  },
  message: text,
  times,
  afterPages: integer(0, Number.MAX_SAFE_INTEGER),
  delay: milliseconds,
  hang: (value: unknown, name: string) => {
    if (typeof value !== 'boolean') throw bad(name, 'true or false', value)
    return value
  },
}

function shown(stream: StoredStream): FakeStream {
  const { uuid, collection, tags, annotations, propertyVersion, version, latest } = stream
  return {
    uuid,
    collection,
    name: tags.get('name') ?? '',
    tags: Object.fromEntries([...tags].map(([key, value]) => [key, value ?? ''])),
    annotations: Object.fromEntries(annotations),
    propertyVersion,
    version,
    count: latest.length,
    points: () => latest.columns(),
  }
}
