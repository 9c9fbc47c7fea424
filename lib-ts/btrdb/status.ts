// What the server's answers mean: its own codes, which come although gRPC says OK, and gRPC's.
import type { BTrDBCode } from './errors.js'

/** What an answer begins with. */
export interface Status {
  readonly code: number
  readonly msg: string
}

/** No such point; not an error. */
export const NO_POINT = 401
export const NO_STREAM = 404
export const TOO_BIG = 414
export const TIME_RANGE = 413

/** The same call may succeed later: a wrong endpoint of the cluster, degraded, overloaded, a tier that is away. */
const LATER: ReadonlySet<number> = new Set([405, 419, 426, 459])

const ofStatus = new Map<number, BTrDBCode>(
  Object.entries({
    ERR_BTRDB_AUTH: [437],
    ERR_BTRDB_NOT_FOUND: [404],
    ERR_BTRDB_EXISTS: [406, 417],
    ERR_BTRDB_AMBIGUOUS: [412, 418],
    ERR_BTRDB_UUID_REUSED: [429],
    ERR_BTRDB_METADATA: [407, 408, 409, 422],
    ERR_BTRDB_PROPERTY_VERSION: [423, 430],
    ERR_BTRDB_TIME_RANGE: [413],
    ERR_BTRDB_POINT_WIDTH: [415],
    ERR_BTRDB_VALUE: [425],
    ERR_BTRDB_TOO_BIG: [414],
    ERR_BTRDB_VERSION: [427, 450],
    ERR_BTRDB_SQL: [441],
    ERR_BTRDB_UNAVAILABLE: [...LATER],
    ERR_BTRDB_NOT_SUPPORTED: [501],
  } satisfies Partial<Record<BTrDBCode, number[]>>).flatMap(([code, numbers]) =>
    numbers.map((number) => [number, code as BTrDBCode] as const),
  ),
)

export function codeOfStatus(status: number): BTrDBCode {
  return ofStatus.get(status) ?? 'ERR_BTRDB_SERVER'
}

export function isLater(status: number): boolean {
  return LATER.has(status)
}

const names = [
  'OK',
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

/** gRPC's name of a code. */
export function grpcName(code: number | undefined): string {
  return (code === undefined ? undefined : names[code]) ?? 'UNKNOWN'
}

const ofGrpc: Readonly<Record<string, BTrDBCode>> = {
  DEADLINE_EXCEEDED: 'ERR_BTRDB_TIMEOUT',
  PERMISSION_DENIED: 'ERR_BTRDB_AUTH',
  UNAUTHENTICATED: 'ERR_BTRDB_AUTH',
  UNAVAILABLE: 'ERR_BTRDB_UNAVAILABLE',
  UNIMPLEMENTED: 'ERR_BTRDB_NOT_SUPPORTED',
  RESOURCE_EXHAUSTED: 'ERR_BTRDB_TOO_BIG',
}

export function codeOfGrpc(name: string): BTrDBCode {
  return ofGrpc[name] ?? 'ERR_BTRDB_SERVER'
}
