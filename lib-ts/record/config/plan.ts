// From a configuration to what is done: each PV with its effective policy and its sinks.
import { InvalidArgumentError } from '../../errors.js'
import { didYouMean, pvName } from '../../input/index.js'
import { globMatch } from '../glob.js'
import type { Policy } from '../policy/policy.js'
import type { Fault } from './check.js'
import type { PvEntry, RecordConfig, SinkConfig } from './config.js'
import { defaultName } from './name.js'

export interface PlannedPv {
  readonly name: string
  readonly policy: Policy
  /** Names of sinks. */
  readonly sinks: readonly string[]
}

export interface Plan {
  readonly name: string
  readonly pvs: ReadonlyMap<string, PlannedPv>
  readonly sinks: Readonly<Record<string, SinkConfig>>
}

/** What a configuration says, and what is wrong with it beyond its shape. */
export function planOf(config: RecordConfig): { readonly plan: Plan; readonly faults: readonly Fault[] } {
  const planner = new Planner(config)
  return { plan: planner.plan(), faults: planner.faults }
}

class Planner {
  readonly faults: Fault[] = []
  readonly #config: RecordConfig
  readonly #sinks: readonly (readonly [string, SinkConfig])[]

  constructor(config: RecordConfig) {
    this.#config = config
    this.#sinks = Object.entries(config.sinks)
  }

  plan(): Plan {
    const { defaults = {}, profiles = {}, sinks, name = defaultName() } = this.#config
    if (this.#sinks.length === 0) this.#fault(['sinks'], 'no sink is named')
    this.#pace(defaults, ['defaults'])
    for (const [key, policy] of Object.entries(profiles)) {
      this.#pace({ ...defaults, ...policy }, ['profiles', key])
      this.#known(policy.sinks, ['profiles', key, 'sinks'])
    }
    this.#known(defaults.sinks, ['defaults', 'sinks'])
    if (this.#config.from !== undefined)
      for (const key of ['defaults', 'profiles', 'pva'] as const)
        if (this.#config[key] !== undefined)
          this.#fault([key], `${JSON.stringify(key)} is about PVs, and with "from" there are none`)
    const pvs = new Map<string, PlannedPv>()
    for (const [i, given] of (this.#config.pvs ?? []).entries()) {
      const planned = this.#pv(given, ['pvs', i])
      if (planned !== undefined) pvs.set(planned.name, planned) // of a name that is there twice the later policy counts
    }
    return { name, pvs, sinks }
  }

  #pv(given: string | PvEntry, path: Fault['path']): PlannedPv | undefined {
    const entry: PvEntry = typeof given === 'string' ? { name: given } : given
    const { name: written, file: _, profile, ...own } = entry
    const at = typeof given === 'string' ? path : [...path, 'name']
    const name = this.#name(written, at)
    const policy = {
      ...this.#config.defaults,
      ...this.#profile(profile, [...path, 'profile']),
      ...defined(own),
    }
    this.#pace(policy, path)
    this.#known(own.sinks, [...path, 'sinks'])
    if (name === undefined) return undefined
    const sinks = policy.sinks ?? this.#sinks.filter(([, sink]) => takes(sink, name)).map(([key]) => key)
    if (sinks.length === 0) this.#fault(at, `no sink takes ${JSON.stringify(name)}`)
    return { name, policy, sinks: [...new Set(sinks)] }
  }

  #name(written: string | undefined, path: Fault['path']): string | undefined {
    try {
      return pvName(written, 'record')
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      this.#fault(path, error.message)
      return undefined
    }
  }

  #profile(name: string | undefined, path: Fault['path']): Policy | undefined {
    if (name === undefined) return undefined
    const { profiles = {} } = this.#config
    if (Object.hasOwn(profiles, name)) return defined(profiles[name] as Policy)
    this.#fault(path, `there is no profile ${JSON.stringify(name)}${didYouMean(name, Object.keys(profiles))}`)
    return undefined
  }

  #pace({ minPeriod = 0, every = Infinity }: Policy, path: Fault['path']): void {
    if (every < minPeriod)
      this.#fault(path, `"every" is ${every} ms, which is less than "minPeriod", ${minPeriod} ms`)
  }

  #known(sinks: readonly string[] | undefined, path: Fault['path']): void {
    const names = this.#sinks.map(([name]) => name)
    for (const [i, name] of (sinks ?? []).entries())
      if (!names.includes(name))
        this.#fault([...path, i], `there is no sink ${JSON.stringify(name)}${didYouMean(name, names)}`)
  }

  #fault(path: Fault['path'], message: string): void {
    this.faults.push({ path, message })
  }
}

/** Whether a sink takes what is of this PV. */
export function takes({ pvs }: SinkConfig, name: string): boolean {
  return pvs === undefined || pvs.some((glob) => globMatch(glob, name))
}

/** Without the keys whose value is undefined, which must not hide those of a default. */
function defined(policy: Policy): Policy {
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined))
}
