/** The errors of gRPC, by name. */
export const grpcCodes = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

/** How a server of {@link btrdbFake} proves itself. */
export interface FakeTls {
  /** PEM. */
  readonly key: string | Uint8Array
  /** PEM. */
  readonly cert: string | Uint8Array
  /** PEM: clients need a certificate that one of these signed. */
  readonly ca?: string | Uint8Array | undefined
}

/** What {@link btrdbFake} takes. */
export interface BtrdbFakeOptions {
  /** A free one. Clients take 4411 to mean TLS. */
  readonly port?: number | undefined
  /** An address of the loopback interface. 127.0.0.1. */
  readonly host?: string | undefined
  /** The server speaks TLS. */
  readonly tls?: FakeTls | undefined
  /** Calls need one of these keys. */
  readonly apiKeys?: readonly string[] | undefined
  /** What it says it is. `[5, 34]`, or `[5, 29]` where `apache-arrow` is not installed. */
  readonly version?: readonly [major: number, minor: number] | undefined
  /** Whether it serves retention, devices, units and versions by time, which the public interface lacks. true. */
  readonly platform?: boolean | undefined
  /** Points, windows or rows of one message. 5000. */
  readonly pageSize?: number | undefined
  /** Points of one insert at most. 50000. */
  readonly insertLimit?: number | undefined
  /** The proxy endpoints it tells of. None. */
  readonly proxies?: readonly string[] | undefined
  /** false: as if `apache-arrow` were not installed. */
  readonly arrow?: boolean | undefined
}

/** A call that {@link BtrdbFake} got. */
export interface FakeCall {
  /** `Insert`, `RawValues`, …, or `Platform`. */
  readonly rpc: string
  /** By key, in lower case. */
  readonly metadata: Readonly<Record<string, string>>
  /** The fields of the request: a uuid as text, numbers of 64 bits as bigint, points as `{ time, value }` columns. */
  readonly request: Readonly<Record<string, unknown>>
}

/** What {@link BtrdbFake.fail} makes of calls. */
export interface FakeFault {
  /** A code in the answer, such as 426. */
  readonly code?: number | undefined
  /** An error of gRPC itself. */
  readonly grpc?: (typeof grpcCodes)[number] | undefined
  readonly message?: string | undefined
  /** How many calls meet it; Infinity for all. 1. */
  readonly times?: number | undefined
  /** Of a call that answers many messages: how many come before. 0. */
  readonly afterPages?: number | undefined
  /** ms before it goes on. With neither `code` nor `grpc`, the call is slow and does not fail. */
  readonly delay?: number | undefined
  /** The call is not answered until the client gives up. */
  readonly hang?: boolean | undefined
}

/** A stream of {@link BtrdbFake}, as it was when it was asked for. */
export interface FakeStream {
  readonly uuid: string
  readonly collection: string
  /** The tag; `''` without one. */
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string | null>>
  readonly propertyVersion: bigint
  readonly version: bigint
  /** How many points it has. */
  readonly count: number
  /** Its points, in the order of time. */
  points(): { readonly time: BigInt64Array; readonly value: Float64Array }
}
