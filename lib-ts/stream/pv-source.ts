import type { Context, MonitorCallbacks, MonitorOptions } from '../client/index.js'
import type { Fields, Value } from '../data/index.js'
import {
  abortSignal,
  bad,
  callback,
  type Check,
  flag,
  integer,
  isPlainObject,
  list,
  pvName,
  quote,
  readOptions,
  text,
} from '../input/index.js'
import { checking, StreamArgumentError } from './errors.js'
import { OpenPvs, type MemberOptions } from './open-pvs.js'
import type { Source } from './source.js'

/** A PV of a set, with what may differ from PV to PV. */
export interface PvMember {
  readonly name: string
  /** Which fields: instead of those of the source. */
  readonly fields?: readonly string[] | undefined
  /** Updates that may wait, 2 to 1000000: instead of those of the source. */
  readonly queueSize?: number | undefined
}

/** A set of PVs: names, or names with options. A name that is given twice is one member; what is given last counts. */
export type PvSpec = readonly (string | PvMember)[]

/** One update of one PV. */
export interface PvUpdate<T = Fields> {
  readonly name: string
  readonly value: Value<T>
}

/** What `events: true` gives between the updates. `time` is ns since the Unix epoch. */
export interface PvChange {
  readonly name: string
  readonly type: 'connected' | 'disconnected'
  readonly time: bigint
}

/**
 * What {@link pvSource} takes: the options of {@link Context.monitor} that are not callbacks, for each PV, and when the
 * source counts as open.
 *
 * @example
 * import { pvSource } from 'node-pvxs/stream'
 *
 * const source = pvSource(ctx, { fields: ['value', 'timeStamp'], queueSize: 4, connect: 'none' })
 */
export interface PvSourceOptions<T = Fields> extends Omit<MonitorOptions<T>, keyof MonitorCallbacks> {
  /** Open when every PV is connected (`all`, the default), when one is, or at once. */
  readonly connect?: 'all' | 'any' | 'none' | undefined
  /**
   * Told of a PV whose monitor ended by itself, as when its server refuses it. The other PVs go on; an update that adds
   * that PV again opens it again. Without it, such an error ends the source.
   */
  readonly onMemberError?: ((name: string, error: unknown) => void) | undefined
}

/** What a source of PVs needs of a Context. */
export type Monitors = Pick<Context, 'monitor'>

const whole = integer(2, 1_000_000)
const pass: Check<unknown> = (value) => value

const connectOption: Check<'all' | 'any' | 'none'> = (value, name) => {
  if (value !== 'all' && value !== 'any' && value !== 'none') throw bad(name, 'all, any or none', value)
  return value
}

// What is passed on is checked by the monitor, before anything is opened.
const sourceChecks = {
  signal: abortSignal,
  events: flag,
  queueSize: whole,
  fields: list(text),
  connect: connectOption,
  onMemberError: callback as Check<(name: string, error: unknown) => void>,
  request: pass,
  server: pass,
  type: pass,
  pipeline: pass,
  ackAny: pass,
  connectTimeout: pass,
  latest: pass,
}

const memberChecks = { name: pass as Check<string>, fields: list(text), queueSize: whole }

/**
 * A source of PVs for a {@link ManagedStream}: one monitor each, whose updates come in one stream in the order in which
 * they came.
 *
 * There is no second queue: a reader that waits stops the taking from the monitors, whose queues fill, and the servers
 * squash. A PV that disconnects is searched for until it is back, and `stream.events()` tells. An error of one PV ends the
 * source and names the PV.
 *
 * @throws {@link StreamArgumentError} for bad options
 * @example
 * import { ManagedStream, pvSource } from 'node-pvxs/stream'
 *
 * await using stream = new ManagedStream(pvSource(ctx, { fields: ['value'] }))
 * await stream.start(['lab:temp1', { name: 'lab:setpoint', fields: ['value', 'alarm'] }])
 * for await (const { name, value } of stream) {
 *   console.log(name, value.value)
 *   break
 * }
 */
export function pvSource<T = Fields>(
  ctx: Monitors,
  options: PvSourceOptions<T> & { readonly events: true },
): Source<PvSpec, PvUpdate<T> | PvChange>
export function pvSource<T = Fields>(ctx: Monitors, options?: PvSourceOptions<T>): Source<PvSpec, PvUpdate<T>>
export function pvSource(ctx: Monitors, options?: object): Source<PvSpec, PvUpdate | PvChange> {
  if (typeof (ctx as Partial<Monitors> | null | undefined)?.monitor !== 'function') {
    throw new StreamArgumentError(`a source of PVs needs a Context, not ${quote(ctx)}`, { op: 'pvSource' })
  }
  const checked = checking('pvSource', () => readOptions(options, sourceChecks, 'pvSource'))
  const { connect = 'all', events = false, signal, onMemberError, ...base } = checked
  const optionsOf = (entry: string | PvMember): MemberOptions => memberOptions(entry, base)
  return {
    check: (spec) => checkSpec(spec),
    idOf: (entry) => (typeof entry === 'string' ? entry : (entry as PvMember).name),
    async open(spec, { signal: given, timeout }) {
      signal?.throwIfAborted()
      const pvs = new OpenPvs(ctx, { connect, events, signal, onMemberError, optionsOf })
      try {
        await pvs.change(checkSpec(spec), { signal: given, timeout })
      } catch (error) {
        await pvs[Symbol.asyncDispose]()
        throw error
      }
      return pvs
    },
  }
}

function memberOptions(entry: string | PvMember, base: MemberOptions): MemberOptions {
  if (typeof entry === 'string') return base
  const { fields, queueSize } = entry
  const { request, ...rest } = base
  return {
    ...rest,
    ...(request !== undefined && fields === undefined && { request }),
    ...(fields !== undefined && { fields }),
    ...(queueSize !== undefined && { queueSize }),
  }
}

/** A set of PVs as it is kept: each name once, without `pva://`. */
function checkSpec(spec: unknown): (string | PvMember)[] {
  if (!Array.isArray(spec)) {
    throw new StreamArgumentError(`a set of PVs is a list of names, not ${quote(spec)}`, { op: 'pvSource' })
  }
  const members = new Map<string, string | PvMember>()
  for (const entry of Array.from(spec as readonly unknown[])) {
    const member = checking('pvSource', () => checkMember(entry))
    members.set(typeof member === 'string' ? member : member.name, member)
  }
  return [...members.values()]
}

function checkMember(entry: unknown): string | PvMember {
  if (!isPlainObject(entry)) return pvName(entry, 'pvSource')
  const { name, fields, queueSize } = readOptions(entry, memberChecks, 'pvSource')
  return Object.freeze({
    name: pvName(name, 'pvSource'),
    ...(fields !== undefined && { fields }),
    ...(queueSize !== undefined && { queueSize }),
  })
}
