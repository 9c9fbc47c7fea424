// What a recorder tells of itself as PVs.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Context, RemoteError, type Value } from 'node-pvxs'
import type { RecordConfig } from 'node-pvxs/record'
import { environment } from '../../scripts/tests/venv.mjs'
import { clientEnv, START_MS } from '../interop/env.js'
import { leavesNothing, rejection } from '../unit/fixtures.js'
import { away } from './counting.js'
import { double, FAST, recording, type Stage } from './staging.js'

leavesNothing()

const status = { prefix: 'REC1:', isolated: true }

function watched(stage: Stage): Context {
  const ctx = new Context(stage.recorder.server?.clientConfig())
  onTestFinished(() => ctx.close())
  return ctx
}

/** The first update for which that holds. */
async function updated(ctx: Context, name: string, holds: (value: Value) => boolean): Promise<Value> {
  for await (const value of ctx.monitor(name)) if (holds(value as Value)) return value as Value
  throw new Error('it ended')
}

const valueOf = (value: Value): unknown => value.$get('value')
const severityOf = (value: Value): number => Number(value.$get('alarm.severity'))

describe("a recorder's own PVs", () => {
  it('have what its status has, with alarms', async () => {
    const stage = await recording({ a: double(1), b: double(2) }, { status, pvs: ['a', 'b', 'absent'] })
    await stage.sink.until(() => stage.sink.samples.length === 2)
    const ctx = watched(stage)
    expect(valueOf(await updated(ctx, 'REC1:written', (value) => valueOf(value) === 2n))).toBe(2n)
    const read = async (name: string): Promise<unknown> => valueOf((await ctx.get(`REC1:${name}`)) as Value)
    expect(await read('pvs')).toBe(3)
    expect(await read('connected')).toBe(2)
    expect(await read('received')).toBe(2n)
    expect(await read('disconnectedPVs')).toEqual(['absent'])
    expect(await read('version')).toMatch(/^\d+\.\d+\.\d+/)
    expect(await read('shards')).toEqual(new Int32Array())
    expect(await read('reloadError')).toBe('')
    expect(await read('all:written')).toBe(2n)
    expect(await read('all:error')).toBe('')
    for (const name of [
      'rate',
      'rejected',
      'dropped',
      'buffered',
      'spooled',
      'lag',
      'uptime',
      'reloads',
      'all:rejected',
      'all:buffered',
      'all:lag',
    ])
      expect(Number(await read(name)), name).toBeGreaterThanOrEqual(0)
    const state = (await ctx.get('REC1:state')) as Value
    expect([String(state.$get('value.index')), severityOf(state)]).toEqual(['1', 0])
    expect(state.$get('value.choices')).toContain('degraded')
    const missing = (await ctx.get('REC1:disconnected')) as Value
    expect([valueOf(missing), severityOf(missing)]).toEqual([1, 1])
  })

  it('follow the sinks: a failing one is an alarm, one that is gone has none any more', async () => {
    const stage = await recording({ a: double(1) }, { status })
    const ctx = watched(stage)
    await stage.sink.until(() => stage.sink.samples.length === 1)
    stage.sink.fault = away
    await stage.recorder.update({ add: [{ name: 'a', queueSize: 5 }] })
    await updated(ctx, 'REC1:all:state', (value) => severityOf(value) === 1)
    await updated(ctx, 'REC1:state', (value) => severityOf(value) === 1)
    expect(valueOf(await updated(ctx, 'REC1:all:error', (value) => valueOf(value) !== ''))).toBe(
      'nobody answers',
    )
    const sinks: RecordConfig['sinks'] = { other: { type: 'custom', batch: FAST } }
    await stage.recorder.update({ pvs: ['a'], sinks, status, drain: 10 })
    await updated(ctx, 'REC1:other:written', (value) => Number(valueOf(value)) >= 1)
    expect(await rejection(ctx.get('REC1:all:state', { timeout: 300 }))).toMatchObject({
      code: 'ERR_PVA_TIMEOUT',
    })
    await updated(ctx, 'REC1:reloads', (value) => valueOf(value) === 2n)
  })

  it('are read-only, and tell of one PV by RPC', async () => {
    const stage = await recording({ a: double(1) }, { status })
    await stage.sink.until(() => stage.sink.samples.length === 1)
    const ctx = watched(stage)
    expect(await rejection(ctx.put('REC1:pvs', 5))).toBeInstanceOf(RemoteError)
    const told = (await ctx.rpc('REC1:pv', { name: 'a' })) as Value
    expect(told.$toObject()).toMatchObject({ name: 'a', connected: true, sinks: ['all'], written: 1n })
    expect((await rejection(ctx.rpc('REC1:pv', { name: 'b' }))).message).toContain('"b" is not recorded')
    expect((await rejection(ctx.rpc('REC1:pv', {}))).message).toContain('name')
  })

  it('are read by p4p, with their alarms, and their RPC is called', { timeout: START_MS }, async () => {
    const stage = await recording({ a: double(1) }, { status, pvs: ['a', 'absent'] })
    await stage.sink.until(() => stage.sink.samples.length === 1)
    await updated(watched(stage), 'REC1:written', (value) => valueOf(value) === 1n)
    const code = `
import json
from p4p.client.thread import Context, RemoteError
from p4p.nt import NTURI
ctx = Context('pva', nt=False)
def one(name):
    value = ctx.get(name, timeout=20)
    return [value.value.index if hasattr(value.value, 'index') else value.value, value.alarm.severity]
uri = NTURI([('name', 's')])
told = ctx.rpc('REC1:pv', uri.wrap('REC1:pv', kws={'name': 'a'}), timeout=20)
try:
    ctx.put('REC1:pvs', {'value': 5}, timeout=20)
    refused = None
except RemoteError as e:
    refused = str(e)
print(json.dumps({'state': one('REC1:state'), 'written': one('REC1:all:written'), 'disconnected': one('REC1:disconnected'),
  'names': list(ctx.get('REC1:disconnectedPVs', timeout=20).value), 'told': [told.name, told.connected], 'refused': refused is not None}))
`
    const env = clientEnv(stage.recorder.server?.tcpPort ?? 0)
    const { stdout } = await promisify(execFile)(await environment('peers'), ['-c', code], { env })
    expect(JSON.parse(stdout)).toEqual({
      state: [1, 0],
      written: [1, 0],
      disconnected: [1, 1],
      names: ['absent'],
      told: ['a', true],
      refused: true,
    })
  })

  it('say why a configuration was not taken over', async () => {
    const stage = await recording({ a: double(1) }, { status })
    const ctx = watched(stage)
    await rejection(stage.recorder.update({ add: [' x'] }))
    expect(valueOf(await updated(ctx, 'REC1:reloadError', (value) => valueOf(value) !== ''))).toContain(
      '" x" is not a PV name',
    )
  })
})
