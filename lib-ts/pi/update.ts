import { timeOfStamp } from './time.js'
import type { PiStream } from './resolver.js'

/** A digital state, or a state of the system such as `No Data`. Its text is its name. */
export class PiState {
  readonly name: string
  readonly code: number
  /** It says why there is no value: `Pt Created`, `I/O Timeout`, … */
  readonly system: boolean

  constructor(name: string, code: number, system: boolean) {
    this.name = name
    this.code = code
    this.system = system
  }

  /** Its name. */
  toString(): string {
    return this.name
  }
}

/** What a value of PI may be; null when the server says an error in its place. */
export type PiValue = number | bigint | boolean | string | PiState | null

/** A value of a stream at a time. */
export interface PiUpdate {
  /** What was asked for. */
  readonly ref: string
  readonly webId: string
  readonly path: string
  readonly name: string
  /** ns since the Unix epoch, in steps of 100. */
  readonly time: bigint
  readonly value: PiValue
  readonly units: string
  readonly good: boolean
  readonly questionable: boolean
  readonly substituted: boolean
  readonly annotated: boolean
  /** The server's texts, when it could not give the value. */
  readonly errors?: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

/** A constructor that makes nothing, and lets a class below give private fields to what it is given. */
const Given = function (update: PiUpdate) {
  return update
} as unknown as new (update: PiUpdate) => object

/** An update that knows its stream: a plain object still. A WeakMap would cost as much as all the rest of an update. */
class Known extends Given {
  readonly #stream: PiStream

  constructor(update: PiUpdate, stream: PiStream) {
    super(update)
    this.#stream = stream
  }

  static streamOf(update: object): PiStream | undefined {
    return #stream in update ? update.#stream : undefined
  }
}

/** A timed value of the server as an update of that stream. */
export function updateOf(stream: PiStream, timed: Json): PiUpdate {
  const update = timedOf(stream, timed)
  new Known(update, stream)
  return update
}

/** What an update is of, as long as it is the one that {@link updateOf} made. */
export function streamOf(update: PiUpdate): PiStream | undefined {
  return Known.streamOf(update)
}

/** The same for those whose stream is known anyway. */
export function timedOf(stream: PiStream, timed: Json): PiUpdate {
  const errors = errorTexts(timed['Errors'])
  const units = timed['UnitsAbbreviation']
  return {
    ref: stream.ref,
    webId: stream.webId,
    path: stream.path,
    name: stream.name,
    time: timeOfStamp(timed['Timestamp']) ?? 0n,
    value: valueOf(timed['Value'], stream),
    units: typeof units === 'string' && units !== '' ? units : stream.units,
    good: timed['Good'] !== false && errors === undefined,
    questionable: timed['Questionable'] === true,
    substituted: timed['Substituted'] === true,
    annotated: timed['Annotated'] === true,
    ...(errors === undefined ? {} : { errors }),
  }
}

function valueOf(value: unknown, { digitalSet }: PiStream): PiValue {
  if (typeof value !== 'object' || value === null) return (value ?? null) as PiValue
  const { Name, Value, IsSystem } = value as Json
  if (typeof Name !== 'string') return null
  const code = typeof Value === 'number' ? Value : -1
  // Older servers do not say IsSystem: a state of a stream that has none is the system's.
  return new PiState(Name, code, typeof IsSystem === 'boolean' ? IsSystem : digitalSet === undefined)
}

function errorTexts(errors: unknown): string[] | undefined {
  if (!Array.isArray(errors) || errors.length === 0) return undefined
  return (errors as unknown[]).flatMap((error) => {
    if (typeof error === 'string') return [error]
    const said = (error as Json | null)?.['Message']
    return Array.isArray(said) ? said.filter((one): one is string => typeof one === 'string') : []
  })
}
