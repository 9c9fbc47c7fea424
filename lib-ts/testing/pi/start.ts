import { checkSimulator } from './options.js'
import type { PiSimulator, SimulatorOptions } from './simulator.js'

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
  checkSimulator(options)
  // Not before it is needed: it brings packages along.
  const { PiSimulator } = await import('./simulator.js')
  const simulator = new PiSimulator(options)
  await simulator.start()
  return simulator
}
