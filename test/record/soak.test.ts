// A recorder that is changed all the time while it records and its files are rotated and read: nothing is lost.
//
// The long form: NODE_PVXS_RECORD_SECONDS=600 NODE_PVXS_RECORD_PVS=1000, whose memory must stay flat too.
import { createReadStream } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import { NTScalar, SharedPV, type AnyPV, type Context } from 'node-pvxs'
import { JsonlStore, Recorder, serveHistory } from 'node-pvxs/record'
import { leavesNothing, loopback } from '../unit/fixtures.js'

leavesNothing()

const SECONDS = Number(process.env['NODE_PVXS_RECORD_SECONDS'] ?? 4)
const PVS = Number(process.env['NODE_PVXS_RECORD_PVS'] ?? 50)
const EXTRA = 'extra'
const LONG = SECONDS >= 180

/** The counter of each PV, which has no hole over all files. */
class Counters {
  readonly last = new Map<string, number>()
  holes = 0
  samples = 0

  async read(path: string): Promise<void> {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const { pv, value } = JSON.parse(line) as { pv: string; value: number | null }
      if (pv === EXTRA || value === null) continue
      this.samples++
      const before = this.last.get(pv)
      // A sample may be written twice, which is harmless.
      if (before !== undefined && value > before + 1) this.holes++
      this.last.set(pv, Math.max(value, before ?? 0))
    }
  }
}

function heap(): number {
  const { gc } = globalThis as { gc?: () => void }
  for (let k = 0; k < 3; k++) gc?.()
  return process.memoryUsage().heapUsed
}

async function ask(ctx: Context, url: string, pv: string): Promise<void> {
  await ctx.rpc('hist', { pv, from: '-5s' }).catch(() => undefined) // just rotated, there may be nothing yet
  await (await fetch(`${url}/data/getData.raw?pv=${pv}`)).arrayBuffer()
}

it(
  'loses nothing while it is changed, rotated and read',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-soak-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'now.jsonl')
    const type = new NTScalar('int32')
    const pvs = new Map(
      Array.from({ length: PVS }, (_, i) => [`pv:${i}`, SharedPV.mailbox(type, { value: 0 })]),
    )
    const extra = SharedPV.mailbox(type, { value: 0 })
    const all = { ...Object.fromEntries(pvs), [EXTRA]: extra } as Record<string, AnyPV>
    const { ctx, server } = await loopback(all, { after: onTestFinished })
    const recorder = await Recorder.start(
      {
        // As many updates may wait as a busy machine may be late.
        defaults: { queueSize: 400 },
        pvs: [...pvs.keys()],
        sinks: { file: { type: 'jsonl', path, batch: { linger: 50 } } },
        spool: { dir: join(folder, 'spool'), sync: false },
      },
      { context: ctx },
    )
    const store = new JsonlStore(path)
    const served = await serveHistory(store, { server, http: { port: 0 } })
    const counters = new Counters()
    const sizes: number[] = []
    const end = performance.now() + SECONDS * 1_000
    for (let tick = 1; performance.now() < end; tick++) {
      for (const pv of pvs.values()) pv.post({ value: tick })
      await new Promise((resolve) => setTimeout(resolve, 100))
      if (tick % 10 !== 0) continue
      const change = (tick / 10) % 3
      if (change === 0) await recorder.update({ add: [{ name: EXTRA, deadband: tick }] })
      else if (change === 1) await recorder.update({ add: [{ name: EXTRA, minPeriod: 5 }] })
      else await recorder.update({ remove: [EXTRA] })
      await rename(path, join(folder, 'before.jsonl'))
      await recorder.reopen()
      await ask(ctx, served.url as string, 'pv:0')
      await counters.read(join(folder, 'before.jsonl'))
      if (LONG) sizes.push(heap())
    }
    await served.close()
    await recorder.close()
    await counters.read(path)
    expect(recorder.lost).toBe(0)
    const sent = pvs.get('pv:0')?.current().value
    expect(new Set(counters.last.values())).toEqual(new Set([sent]))
    expect(counters.last.size).toBe(PVS)
    expect(counters.holes).toBe(0)
    expect(counters.samples).toBeGreaterThanOrEqual(PVS * Number(sent))
    if (LONG) {
      const minute = sizes.slice(50, 70)
      const last = sizes.slice(-20)
      const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length
      expect(mean(last)).toBeLessThan(mean(minute) * 1.05)
    }
  },
  SECONDS * 2_000 + 120_000,
)
