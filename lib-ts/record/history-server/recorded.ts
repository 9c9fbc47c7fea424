import { quote } from '../../input/index.js'
import type { History } from '../../telemetry/index.js'
import { RecordError } from '../errors.js'
import type { Lanes } from '../lanes.js'

/**
 * The history of a sink as it is by then: a change of the configuration may replace it. Or a store of the program.
 *
 * @throws RecordError when there is none of that name, or it cannot be read
 */
export function recordedHistory(
  name: string,
  lanes: Lanes,
  stores: Readonly<Record<string, History>>,
): History {
  const store = Object.hasOwn(stores, name) ? stores[name] : undefined
  if (store !== undefined) return store
  const now = (): History => {
    const lane = [...lanes].find((one) => one.name === name)
    if (lane === undefined) throw broken(name, 'there is no sink and no store of that name')
    if (lane.opened.history === undefined) throw broken(name, 'a sink of that type cannot be read')
    return lane.opened.history
  }
  now()
  return {
    read: (...args) => now().read(...args),
    windows: (...args) => now().windows(...args),
    at: async (...args) => now().at(...args),
    find: (...args) => now().find(...args),
  }
}

function broken(name: string, reason: string): RecordError {
  return new RecordError(`history: ${quote(name)}: ${reason}`, { code: 'ERR_RECORD_START', sink: name })
}
