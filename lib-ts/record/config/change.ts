// A configuration with PVs added and removed, and what differs between two plans.
import { InvalidArgumentError } from '../../errors.js'
import { bad, isPlainObject } from '../../input/index.js'
import type { PvEntry, RecordConfig } from './config.js'
import type { Plan, PlannedPv } from './plan.js'

/** PVs to record too, or by another policy, and names of PVs to record no more. */
export interface PvListChange {
  readonly add?: readonly (string | PvEntry)[] | undefined
  readonly remove?: readonly string[] | undefined
}

/** What an update did, in numbers of PVs. */
export interface UpdateResult {
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly kept: number
}

/** The configuration that an update leads to. */
export function changedConfig(config: RecordConfig, to: RecordConfig | PvListChange): RecordConfig {
  if (!isPlainObject(to) || 'pvs' in to || 'from' in to || 'list' in to || 'sinks' in to)
    return to as RecordConfig
  const { add = [], remove = [], ...rest } = to as PvListChange
  const unknown = Object.keys(rest)[0]
  if (unknown !== undefined)
    throw new InvalidArgumentError(`an update has no ${JSON.stringify(unknown)}; it has add, remove`, {
      op: 'update',
    })
  for (const [key, list] of Object.entries({ add, remove }))
    if (!Array.isArray(list)) throw bad(key, 'an array', list)
  const goes = new Set<unknown>([...remove, ...add.map(nameOf)])
  return { ...config, pvs: [...(config.pvs ?? []).filter((entry) => !goes.has(nameOf(entry))), ...add] }
}

function nameOf(entry: unknown): unknown {
  return isPlainObject(entry) ? entry['name'] : entry
}

export interface Difference {
  readonly added: readonly PlannedPv[]
  readonly removed: readonly string[]
  /** Those that stay, by another policy or into other sinks. */
  readonly differs: readonly PlannedPv[]
  /** Those of them whose monitor has to be another one. */
  readonly reopened: readonly PlannedPv[]
}

export function differenceOf({ pvs: before }: Plan, { pvs: after }: Plan): Difference {
  const all = [...after.values()]
  const differs = all.filter((pv) => {
    const old = before.get(pv.name)
    return old !== undefined && JSON.stringify(old) !== JSON.stringify(pv)
  })
  return {
    added: all.filter(({ name }) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    differs,
    reopened: differs.filter(({ name, policy }) => policy.queueSize !== before.get(name)?.policy.queueSize),
  }
}
