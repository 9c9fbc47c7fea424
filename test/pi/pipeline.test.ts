// PVs → ManagedStream → samples → Batcher → PI → history.
import { expect, it } from 'vitest'
import { NTEnum, NTScalar, SharedPV } from 'node-pvxs'
import { ManagedStream, pvSource } from 'node-pvxs/stream'
import { Batcher, samples, type Sample } from 'node-pvxs/telemetry'
import { leavesNothing, loopback } from '../unit/fixtures.js'
import { plant } from './plant.js'

leavesNothing()

const PVS = 100
const VALUES = 50

it('every value of 100 PVs comes back from PI, also when the server goes away meanwhile', async () => {
  const names = Array.from({ length: PVS }, (_, i) => `unit${i}{Pump:${i}}Flow`)
  const at = (k: number) => ({
    timeStamp: { secondsPastEpoch: 1_700_000_000n + BigInt(k), nanoseconds: 250 },
    alarm: { severity: k % 4 },
  })
  const choices = ['Off', 'On', 'Trip']
  const flow = (i: number) => {
    const pv = SharedPV.mailbox(new NTScalar('float64', { display: true }), {
      value: i,
      display: { units: 'm3/h' },
      ...at(0),
    })
    return { pv, post: (k: number) => pv.post({ value: i + k / 64, ...at(k) }) }
  }
  const mode = () => {
    const pv = SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices }, ...at(0) })
    return { pv, post: (k: number) => pv.post({ value: { index: k % 3 }, ...at(k) }) }
  }
  const members = names.map((_, i) => (i % 10 === 0 ? mode() : flow(i)))
  await using it = await loopback(
    Object.fromEntries(members.map(({ pv }, i) => [names[i] ?? '', pv] as const)),
  )
  const { pi, sim } = await plant({ points: {}, attributes: {} })
  const stream = new ManagedStream(pvSource(it.ctx, { queueSize: VALUES + 1 }), { handler: samples() })
  const rejected: string[] = []
  const batcher = new Batcher(pi.sink({ create: true }), {
    maxItems: 500,
    linger: 5,
    retry: { min: 1, max: 20 },
    onRejected: (_, reason) => rejected.push(reason),
  })
  await stream.start(names)
  const posting = (async () => {
    for (let k = 1; k < VALUES; k++) {
      for (const { post } of members) post(k)
      await new Promise(setImmediate)
      if (k === 20) await sim.stop()
      if (k === 30) await sim.start()
      if (k > 30 && k % 5 === 0) sim.dropSockets()
    }
  })()
  for await (const batch of stream.batches()) {
    await batcher.push(batch)
    if (batcher.stats.pushed >= PVS * VALUES) break
  }
  await posting
  await stream.stop()
  await batcher.close()
  expect(rejected).toEqual([])
  expect(batcher.stats).toMatchObject({ pushed: PVS * VALUES, written: PVS * VALUES })

  const history = pi.history()
  const range = { from: 1_700_000_000n * 1_000_000_000n, to: 1_700_000_100n * 1_000_000_000n }
  for (const [i, name] of names.entries()) {
    const back: Sample[] = []
    for await (const page of history.read(name, range)) back.push(...page)
    expect(back.map(({ value }) => value)).toEqual(
      Array.from({ length: VALUES }, (_, k) => (i % 10 === 0 ? k % 3 : i + k / 64)),
    )
    expect(back.map(({ severity }) => severity)).toEqual(
      Array.from({ length: VALUES }, (_, k) => [0, 1, 1, 3][k % 4]),
    )
    expect(back[0]?.time).toBe(range.from + 200n)
    expect(back[0]?.series).toEqual(
      i % 10 === 0 ? { id: name, type: 'enum', choices } : { id: name, type: 'float64', units: 'm3/h' },
    )
  }
})
