import { bad, checkOptions, integer, text } from '../../input/index.js'
import { idForms } from './ids.js'
import type { PiSimulator, SimulatorOptions } from './simulator.js'

const KNOWN = [
  'points',
  'digitalSets',
  'attributes',
  'auth',
  'tls',
  'csrf',
  'maxReturned',
  'pollInterval',
  'webIdType',
  'server',
  'assetServer',
]

/**
 * Starts a simulated PI Web API for tests. Nothing outside the process takes part.
 *
 * @throws InvalidArgumentError when an option is bad
 * @example
 * import { piSimulator } from 'node-pvxs/testing'
 *
 * await using sim = await piSimulator({ points: { sinusoid: { units: 'degC', value: 1 } } })
 * sim.post('sinusoid', 2)
 * const answer = await fetch(`${sim.url}/points?path=%5C%5CPISRV%5Csinusoid`)
 * const { PointType } = (await answer.json()) as { PointType: string }
 * const seen = [PointType, sim.events('sinusoid').length] // → ['Float64', 2]
 */
export async function piSimulator(options: SimulatorOptions = {}): Promise<PiSimulator> {
  checkOptions(options, KNOWN, 'piSimulator')
  const { maxReturned, pollInterval, webIdType, server, assetServer } = options
  if (maxReturned !== undefined) integer(1, 10_000_000)(maxReturned, 'maxReturned')
  if (pollInterval !== undefined) integer(1, 3_600_000)(pollInterval, 'pollInterval')
  if (webIdType !== undefined && !idForms.includes(webIdType))
    throw bad('webIdType', idForms.join(', '), webIdType)
  if (server !== undefined) text(server, 'server')
  if (assetServer !== undefined) text(assetServer, 'assetServer')
  // Not before it is needed: it brings packages along.
  const { PiSimulator } = await import('./simulator.js')
  const simulator = new PiSimulator(options)
  await simulator.start()
  return simulator
}
