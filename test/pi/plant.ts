import { expect, onTestFinished } from 'vitest'
import { PiWebApi, type PiError, type PiOptions } from 'node-pvxs/pi'
import { piSimulator, type PiSimulator, type SimulatorOptions } from 'node-pvxs/testing'

/** A simulated plant and a client of it, both closed when the test is over. */
export async function plant(
  options: SimulatorOptions = {},
  client: PiOptions = {},
): Promise<{ sim: PiSimulator; pi: PiWebApi }> {
  const sim = await piSimulator({
    points: { sinusoid: { units: 'degC', value: 1.5 }, mode: { digitalSet: 'Modes', value: 'On' } },
    digitalSets: { Modes: ['Off', 'On'] },
    attributes: { 'Plant\\Pump1|Flow': { value: 3, units: 'm3/h' } },
    ...options,
  })
  const pi = new PiWebApi(sim.url, client)
  onTestFinished(async () => {
    await pi.close()
    await sim.close()
  })
  return { sim, pi }
}

/** A client of this address, closed when the test is over. */
export function client(url: string, options?: PiOptions): PiWebApi {
  const pi = new PiWebApi(url, options)
  onTestFinished(() => pi.close())
  return pi
}

/** What the call rejects with. */
export const failureOf = (
  work: Promise<unknown>,
): Promise<PiError & { phase?: string; schemes?: string[] }> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as PiError,
  )
