// A file with samples of every kind, for tests of what serves it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JsonlStore } from 'node-pvxs/record'
import type { Sample, Series } from 'node-pvxs/telemetry'

/** 2023-11-14T22:13:20Z: a whole number of seconds, not of minutes. */
export const T0 = 1_700_000_000_000_000_000n
export const SECOND = 1_000_000_000n
export const SECONDS0 = 1_700_000_000

/** A sample so many seconds after T0. */
export function sample(
  series: Series,
  seconds: number,
  value: Sample['value'],
  more: Partial<Sample> = {},
): Sample {
  const time = T0 + BigInt(Math.round(seconds * 1e9))
  return { series, time, value, severity: 0, status: 0, ...more }
}

export const temperature: Series = { id: 'lab:t', type: 'float64', units: 'C' }
export const mode: Series = { id: 'lab:mode', type: 'enum', choices: ['Off', 'On'] }

/** A store with these samples, in a folder that is removed at the end. */
export async function storeOf(
  samples: readonly Sample[],
  after: (work: () => Promise<void>) => void,
): Promise<JsonlStore> {
  const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-history-'))
  const store = new JsonlStore(join(folder, 'lab.jsonl'))
  after(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  await store.write(samples)
  return store
}

/** 10 samples of lab:t, one a second from T0: 0, 1, 2 …, and three of lab:mode. */
export const LAB: readonly Sample[] = [
  ...Array.from({ length: 10 }, (_, i) => sample(temperature, i, i)),
  sample(mode, 0, 0),
  sample(mode, 4, 1, { severity: 2, status: 3, message: 'moved' }),
  sample(mode, 8, null, { severity: 4 }),
]
