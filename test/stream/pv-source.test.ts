// Streams over PVs of real servers, in this process.
import { describe, expect, it, onTestFinished } from 'vitest'
import { ManagedStream, pvSource, type PvUpdate } from 'node-pvxs/stream'
import { int32, leavesNothing, loopback, rejection, take, until } from '../unit/fixtures.js'

leavesNothing()

const valueOf = ({ name, value }: PvUpdate): string => `${name} ${String(value.value)}`

describe('a stream over PVs', () => {
  it('gives the updates of its members', async () => {
    const a = int32(1)
    const { ctx } = await loopback({ a, b: int32(2) }, { after: onTestFinished })
    await using stream = new ManagedStream(pvSource(ctx), { handler: valueOf })
    const id = await stream.start(['a', 'b'])
    expect(stream).toMatchObject({ id, state: 'running', spec: ['a', 'b'] })
    expect((await take(stream, 2)).sort()).toEqual(['a 1', 'b 2'])
    a.post(3)
    expect(await take(stream, 1)).toEqual(['a 3'])
  })

  it('takes in a member while it runs', async () => {
    const { ctx } = await loopback({ a: int32(1), b: int32(2) }, { after: onTestFinished })
    await using stream = new ManagedStream(pvSource(ctx), { handler: valueOf })
    await stream.start(['a'])
    await stream.update({ add: ['b'] })
    expect(await take(stream, 2)).toEqual(['a 1', 'b 2'])
    expect(stream.spec).toEqual(['a', 'b'])
  })

  it('closes a removed member at the server', async () => {
    const b = int32(2)
    const { ctx } = await loopback({ a: int32(1), b }, { after: onTestFinished })
    await using stream = new ManagedStream(pvSource(ctx))
    await stream.start(['a', 'b'])
    await until(() => b.subscribers === 1, 'b is open')
    await stream.update({ remove: ['b'] })
    await until(() => b.subscribers === 0, 'b is closed')
    expect(stream.spec).toEqual(['a'])
  })

  it('rejects a start with the name of the PV that is missing', async () => {
    const a = int32(1)
    const { ctx } = await loopback({ a }, { after: onTestFinished })
    const stream = new ManagedStream(pvSource(ctx))
    const error = await rejection(stream.start(['a', 'lab:missing'], { timeout: 200 }))
    expect(error).toMatchObject({ code: 'ERR_STREAM_TIMEOUT', pv: 'lab:missing' })
    expect(error.message).toContain('"lab:missing"')
    expect(stream.state).toBe('failed')
    await until(() => a.subscribers === 0, 'a is closed')
  })

  it('rolls an update back that cannot be done, and goes on', async () => {
    const a = int32(1)
    const b = int32(2)
    const { ctx } = await loopback({ a, b }, { after: onTestFinished })
    await using stream = new ManagedStream(pvSource(ctx), { handler: valueOf })
    await stream.start(['a'])
    const error = await rejection(stream.update({ add: ['b', 'lab:missing'] }, { timeout: 200 }))
    expect(error).toMatchObject({ code: 'ERR_STREAM_ROLLBACK', failed: [{ id: 'lab:missing' }] })
    await until(() => b.subscribers === 0, 'b is closed')
    a.post(5)
    expect(await take(stream, 2)).toEqual(['a 1', 'a 5'])
    expect(stream).toMatchObject({ state: 'running', spec: ['a'] })
  })
})
