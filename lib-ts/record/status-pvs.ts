// The recorder's PVs about itself.
import { TypeDef } from '../data/index.js'
import { RemoteError } from '../errors.js'
import { quote } from '../input/index.js'
import { NTEnum, NTScalar, NTURI } from '../nt/index.js'
import { SharedPV, type AnyPV, type Server, type TypeSource } from '../server/index.js'
import type { Health } from './http/health.js'
import type { SinkStatus } from './lane.js'
import type { Reporting } from './reporting.js'
import type { RecorderState, RecorderStatus } from './status.js'

const STATES: readonly RecorderState[] = ['starting', 'running', 'degraded', 'stopping', 'stopped', 'failed']
const SINK_STATES: readonly SinkStatus['state'][] = ['ok', 'retrying', 'failed']
const MOST = 1_000 // names in disconnectedPVs

const [NONE, MINOR, MAJOR] = [0, 1, 2]

/** What is known of all sinks together, and of the PVs. */
interface Facts {
  readonly status: RecorderStatus
  readonly uptime: number
  readonly sum: (of: (sink: SinkStatus) => number) => number
  /** s */
  readonly lag: number
  readonly late: number
  readonly disconnected: readonly string[]
}

type Content = number | bigint | string | readonly string[] | Int32Array

/** One PV: what it says, and how loud. */
interface Gauge {
  readonly type: 'int32' | 'int64' | 'float64' | 'string' | 'string[]' | 'int32[]' | readonly string[]
  readonly about: string
  readonly units?: string
  of(facts: Facts): Content
  severity?(facts: Facts): number
}

const count = (about: string, of: (facts: Facts) => number): Gauge => ({
  type: 'int64',
  about,
  of: (facts) => BigInt(of(facts)),
})
const ofSinks = (about: string, of: (sink: SinkStatus) => number): Gauge => count(about, ({ sum }) => sum(of))

const stateSeverity = (state: string): number =>
  state === 'failed' ? MAJOR : state === 'degraded' || state === 'retrying' ? MINOR : NONE

const GAUGES: Readonly<Record<string, Gauge>> = {
  state: {
    type: STATES,
    about: 'What the recorder does',
    of: ({ status }) => STATES.indexOf(status.state),
    severity: ({ status }) => stateSeverity(status.state),
  },
  pvs: { type: 'int32', about: 'PVs that are recorded', of: ({ status }) => status.pvs },
  connected: { type: 'int32', about: 'Those that are connected', of: ({ status }) => status.connected },
  disconnected: {
    type: 'int32',
    about: 'Those that are not',
    of: ({ status }) => status.pvs - status.connected,
    severity: ({ status }) => (status.pvs > status.connected ? MINOR : NONE),
  },
  rate: {
    type: 'float64',
    about: 'Samples that are recorded',
    units: '1/s',
    of: ({ status }) => status.rate,
  },
  received: count('Samples that the PVs gave', ({ status }) => status.received),
  written: ofSinks('Samples that sinks have', ({ written }) => written),
  rejected: ofSinks('Samples that sinks refused', ({ rejected }) => rejected),
  dropped: ofSinks('Samples given up for want of room', ({ dropped }) => dropped),
  buffered: ofSinks('Samples that wait', ({ buffered }) => buffered),
  spooled: ofSinks('Those of them on disk', ({ spooled }) => spooled),
  lag: {
    type: 'float64',
    about: 'Age of the oldest sample that waits',
    units: 's',
    of: ({ lag }) => lag,
    severity: ({ lag, late }) => (lag > late ? MAJOR : NONE),
  },
  uptime: {
    type: 'int64',
    about: 'Since the start',
    units: 's',
    of: ({ uptime }) => BigInt(Math.floor(uptime)),
  },
  reloads: count('Configurations that were taken over', ({ status }) => status.reloads),
  reloadError: {
    type: 'string',
    about: 'Why the last configuration was not',
    of: ({ status }) => status.lastReloadError ?? '',
    severity: ({ status }) => (status.lastReloadError === undefined ? NONE : MINOR),
  },
  disconnectedPVs: {
    type: 'string[]',
    about: `PVs that are not connected, ${MOST} at most`,
    of: ({ disconnected }) => disconnected,
  },
  shards: { type: 'int32[]', about: 'Shares of a list that is shared out', of: () => new Int32Array() },
}

const sinkGauges = (name: string): Readonly<Record<string, Gauge>> => {
  const of = ({ status }: Facts): SinkStatus | undefined => status.sinks[name]
  return {
    state: {
      type: SINK_STATES,
      about: `How sink ${name} is`,
      of: (facts) => SINK_STATES.indexOf(of(facts)?.state ?? 'ok'),
      severity: (facts) => stateSeverity(of(facts)?.state ?? 'ok'),
    },
    written: count(`Samples that sink ${name} has`, (facts) => of(facts)?.written ?? 0),
    rejected: count(`Samples that sink ${name} refused`, (facts) => of(facts)?.rejected ?? 0),
    buffered: count(`Samples that wait for sink ${name}`, (facts) => of(facts)?.buffered ?? 0),
    lag: {
      type: 'float64',
      about: `Age of the oldest of them`,
      units: 's',
      of: (facts) => (of(facts)?.lag ?? 0) / 1_000,
      severity: (facts) => ((of(facts)?.lag ?? 0) / 1_000 > facts.late ? MAJOR : NONE),
    },
    error: {
      type: 'string',
      about: `What sink ${name} failed with last`,
      of: (facts) => of(facts)?.lastError ?? '',
    },
  }
}

interface Served {
  readonly gauge: Gauge
  readonly pv: SharedPV
  last: string
}

/** The PVs of one recorder on a server; {@link post} brings them up to date. */
export class StatusPvs {
  readonly #server: Server
  readonly #prefix: string
  readonly #recorder: Reporting
  readonly #health: Health
  readonly #served = new Map<string, Served>()
  #sinks: readonly string[] = []

  constructor(server: Server, prefix: string, version: string, recorder: Reporting, health: Health) {
    this.#server = server
    this.#prefix = prefix
    this.#recorder = recorder
    this.#health = health
    for (const [name, gauge] of Object.entries(GAUGES)) this.#serve(name, gauge)
    this.#serve('version', { type: 'string', about: 'Of node-pvxs', of: () => version })
    server.addPV(`${prefix}pv`, lookup(recorder))
    this.post()
  }

  /** Posts what has changed; sinks that came have their PVs, those of sinks that went are gone. */
  post(): void {
    const facts = this.#facts()
    this.#follow(Object.keys(facts.status.sinks))
    for (const served of this.#served.values()) post(served, facts)
  }

  #follow(sinks: readonly string[]): void {
    for (const name of this.#sinks.filter((one) => !sinks.includes(one)))
      for (const key of Object.keys(sinkGauges(name))) this.#stop(`${name}:${key}`)
    for (const name of sinks.filter((one) => !this.#sinks.includes(one)))
      for (const [key, gauge] of Object.entries(sinkGauges(name))) this.#serve(`${name}:${key}`, gauge)
    this.#sinks = sinks
  }

  #serve(name: string, gauge: Gauge): void {
    const pv = SharedPV.readonly(typeOf(gauge) as never, initialOf(gauge) as never)
    this.#served.set(name, { gauge, pv: pv, last: '' })
    this.#server.addPV(`${this.#prefix}${name}`, pv)
  }

  #stop(name: string): void {
    const served = this.#served.get(name)
    this.#served.delete(name)
    this.#server.removePV(`${this.#prefix}${name}`)
    served?.pv.close()
  }

  #facts(): Facts {
    const status = this.#recorder.status()
    const sinks = Object.values(status.sinks)
    const disconnected: string[] = []
    if (status.connected < status.pvs)
      for (const { name, connected } of this.#recorder.pvs())
        if (!connected && disconnected.push(name) === MOST) break
    return {
      status,
      disconnected,
      uptime: this.#health.uptime,
      sum: (of) => sinks.reduce((sum, sink) => sum + of(sink), 0),
      lag: Math.max(0, ...sinks.map(({ lag }) => lag)) / 1_000,
      late: this.#health.unhealthyAfter / 1_000,
    }
  }
}

function isChoices(type: Gauge['type']): type is readonly string[] {
  return typeof type !== 'string'
}

function typeOf({ type }: Gauge): TypeSource<object> {
  return isChoices(type) ? new NTEnum() : new NTScalar(type, { display: true })
}

function initialOf({ type, about, units }: Gauge): object {
  if (isChoices(type)) return { value: { index: 0, choices: type } }
  return { display: { description: about, ...(units !== undefined && { units }) } }
}

/** Only what has changed: a client sees an update when there is news. */
function post(served: Served, facts: Facts): void {
  const { gauge, pv } = served
  const value = gauge.of(facts)
  const severity = gauge.severity?.(facts) ?? NONE
  const seen = `${severity} ${Array.isArray(value) ? JSON.stringify(value) : String(value)}`
  if (seen === served.last) return
  served.last = seen
  const content = isChoices(gauge.type) ? { index: value } : value
  pv.post({ value: content, alarm: { severity, status: severity === NONE ? 0 : 3 } } as never)
}

const PvStatusType = new TypeDef('struct', 'node-pvxs:record/PvStatus:1.0', {
  name: 'string',
  connected: 'bool',
  sinks: 'string[]',
  received: 'int64',
  written: 'int64',
  withheld: 'int64',
  rejected: 'int64',
  lastTime: 'int64',
  lastError: 'string',
})

/** RPC with `name`: the status of that PV. */
function lookup(recorder: Reporting): AnyPV {
  return new SharedPV({
    args: new NTURI({ name: 'string' }),
    onRpc: ({ args: { name } }) => {
      const status = recorder.pv(name)
      if (status === undefined) throw new RemoteError(`name: ${quote(name)} is not recorded`)
      const { lastTime = 0n, lastError = '', ...rest } = status
      return PvStatusType.create({ ...rest, lastTime, lastError })
    },
  })
}
