import { faultsOf, type Fault } from './check.js'
import type { RecordConfig } from './config.js'
import { errorOf } from './origin.js'
import { planOf, type Plan } from './plan.js'
import { configShape } from './shape.js'

/**
 * A configuration that a program hands over, checked.
 *
 * @throws ConfigError with all faults
 */
export function checkedPlan(config: unknown): Plan {
  const { plan, faults } = examined(config)
  if (plan === undefined || faults.length > 0) throw errorOf(config, faults)
  return plan
}

/** The plan of a value, and its faults; without a plan when its shape is wrong. */
export function examined(
  config: unknown,
  hidden: (path: Fault['path']) => boolean = () => false,
): { readonly plan?: Plan; readonly faults: readonly Fault[] } {
  const faults = faultsOf(configShape, config, hidden)
  if (faults.length > 0) return { faults }
  const { pvs = [] } = config as RecordConfig
  const files = pvs.flatMap((entry, i): Fault[] => {
    if (typeof entry === 'string' || entry.file === undefined) return []
    return [{ path: ['pvs', i], message: 'a file of names is read by parseConfig only' }]
  })
  if (files.length > 0) return { faults: files }
  const { plan, faults: wrong } = planOf(config as RecordConfig)
  const message = 'what came from a variable or a file is not right here'
  return { plan, faults: wrong.map((fault) => (hidden(fault.path) ? { ...fault, message } : fault)) }
}
