// A recorder that serves what it records.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Context, NTScalar, SharedPV, type Value } from 'node-pvxs'
import { Recorder, type RecordConfig } from 'node-pvxs/record'
import { leavesNothing, loopback, rejection } from '../unit/fixtures.js'
import { CountingSink } from './counting.js'
import { LAB, storeOf } from './history-store.js'

leavesNothing()

// The server that is made for a history takes its options from the environment.
beforeEach(() => {
  vi.stubEnv('EPICS_PVAS_INTF_ADDR_LIST', '127.0.0.1')
  vi.stubEnv('EPICS_PVAS_SERVER_PORT', '0')
  vi.stubEnv('EPICS_PVAS_BROADCAST_PORT', '0')
  vi.stubEnv('EPICS_PVAS_AUTO_BEACON_ADDR_LIST', 'NO')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'node-pvxs-served-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

interface Stage {
  readonly recorder: Recorder
  readonly t: SharedPV
  readonly config: RecordConfig
  readonly values: (service?: string) => Promise<number[]>
}

async function recording(more: Partial<RecordConfig>): Promise<Stage> {
  const path = join(await folder(), 'lab.jsonl')
  const t = SharedPV.mailbox(new NTScalar('float64'), { value: 1 }) as SharedPV
  const { ctx } = await loopback({ t }, { after: onTestFinished })
  const config: RecordConfig = {
    pvs: ['t'],
    sinks: { file: { type: 'jsonl', path, batch: { linger: 0 } } },
    http: { port: 0 },
    history: { store: 'file' },
    ...more,
  }
  const recorder = await Recorder.start(config, { context: ctx })
  onTestFinished(() => recorder.close())
  const reader = new Context(recorder.server?.clientConfig())
  onTestFinished(() => reader.close())
  const values = async (service = 'hist'): Promise<number[]> => {
    const table = (await reader.rpc(service, { pv: 't', from: '-1h', to: '-0.001s' })) as Value
    return Array.from((table.$get('value') as Value).$get('values') as Float64Array)
  }
  return { recorder, t, config, values }
}

/** Asks until it has so many: when a sample is in the file nobody is told. */
async function until(count: number, ask: () => Promise<unknown[]>): Promise<unknown[]> {
  for (let tries = 0; tries < 2_000; tries++) {
    const all = await ask().catch(() => [])
    if (all.length >= count) return all
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`never ${count} samples`)
}

describe('a recorder with "history"', () => {
  it('serves what it records, by RPC on a server made for it and on its HTTP port', async () => {
    const { recorder, t, values } = await recording({})
    await until(1, values)
    t.post({ value: 2 })
    expect(await until(2, values)).toEqual([1, 2])
    const url = `${recorder.url ?? ''}/retrieval/data/getData.json?pv=t`
    const [block] = (await (await fetch(url)).json()) as { data: { val: number }[] }[]
    expect(block?.data.map(({ val }) => val)).toEqual([1, 2])
    expect((await fetch(`${recorder.url ?? ''}/retrieval/nothing`)).status).toBe(404)
    expect((await fetch(`${recorder.url ?? ''}/healthz`)).status).toBe(200)
  })

  it('reads from a sink that was replaced', async () => {
    const { recorder, config, values } = await recording({ history: { store: 'file', service: 'lab:hist' } })
    await until(1, () => values('lab:hist'))
    const path = join(await folder(), 'other.jsonl')
    await recorder.update({ ...config, sinks: { file: { type: 'jsonl', path, batch: { linger: 0 } } } })
    expect((await rejection(values('lab:hist'))).message).toContain('unknown PV "t"')
  })

  it('does not change it while it runs', async () => {
    const { recorder, config } = await recording({})
    const error = await rejection(recorder.update({ ...config, history: { store: 'file', service: 'x' } }))
    expect(error.message).toContain('"history" cannot change while the recorder runs')
  })

  it('serves a store of the program', async () => {
    const { ctx } = await loopback(
      { t: SharedPV.mailbox(new NTScalar('float64')) },
      { after: onTestFinished },
    )
    const recorder = await Recorder.start(
      {
        pvs: ['t'],
        sinks: { mine: { type: 'custom' } },
        http: { port: 0 },
        history: { store: 'old' },
      },
      {
        context: ctx,
        sinks: { mine: new CountingSink() },
        stores: { old: await storeOf(LAB, onTestFinished) },
      },
    )
    onTestFinished(() => recorder.close())
    const url = `${recorder.url ?? ''}/retrieval/bpl/getMatchingPVs?pv=*`
    expect(await (await fetch(url)).json()).toEqual(['lab:mode', 'lab:t'])
  })

  it.each([
    ['a store that is not there', { store: 'flie' }, 'history: "flie": there is no sink and no store'],
    ['a sink that cannot be read', { store: 'mine' }, 'history: "mine": a sink of that type cannot be read'],
    ['a key that is not there', { store: 'mine', sevice: 'x' }, 'did you mean "service"?'],
    ['no store', {}, 'has no "store"'],
  ])('refuses %s', async (_, history, message) => {
    const { ctx } = await loopback({}, { after: onTestFinished })
    const config = { pvs: ['t'], sinks: { mine: { type: 'custom' } }, history } as unknown as RecordConfig
    const error = await rejection(
      Recorder.start(config, { context: ctx, sinks: { mine: new CountingSink() } }),
    )
    expect(error.message).toContain(message)
  })
})
