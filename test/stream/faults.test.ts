// Streams over a server in a process of its own: a counter that must not miss one, a server that is killed.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ManagedStream, pvSource, type PvUpdate } from 'node-pvxs/stream'
import { ServerProcess } from '../faults/process.js'
import { leavesNothing, rejection, take, until } from '../unit/fixtures.js'

leavesNothing()

const counting = [process.execPath, fileURLToPath(new URL('programs/counter.mjs', import.meta.url))]
const countOf = ({ name, value }: PvUpdate): number | undefined =>
  name === 'counter' ? Number(value.value) : undefined

describe('a counter at 500 Hz', () => {
  it('misses nothing, repeats nothing and is in order while others come, fail to come, and go', async () => {
    await using server = await ServerProcess.start(counting)
    await using ctx = server.client()
    const stream = new ManagedStream(pvSource(ctx, { queueSize: 1_000 }), { handler: countOf })
    await stream.start(['counter'])
    const counts: number[] = []
    const reading = (async () => {
      for await (const batch of stream.batches()) counts.push(...batch)
    })()
    let refused = 0
    for (let round = 0; round < 20; round++) {
      const others = Array.from({ length: 3 }, (_, k) => `other:${String((round + k) % 10)}`)
      await stream.update(['counter', ...others])
      if (round % 5 === 0) {
        const missing = stream.update({ add: ['other:9', 'lab:missing'], remove: others }, { timeout: 100 })
        expect(await rejection(missing)).toMatchObject({ code: 'ERR_STREAM_ROLLBACK' })
        refused++
      }
      await stream.update({ remove: others })
    }
    await until(() => counts.length >= 500, 'counted')
    await stream.stop()
    await reading
    const gaps = counts.filter((n, i) => i > 0 && n !== (counts[i - 1] ?? 0) + 1)
    expect({ gaps, refused, updates: stream.stats.updates, spec: stream.spec }).toEqual({
      gaps: [],
      refused: 4,
      updates: 40,
      spec: ['counter'],
    })
  })
})

describe('a server that is killed', () => {
  it('is reconnected to: the state tells, what was queued stays, the newest value arrives', async () => {
    await using server = await ServerProcess.start(counting)
    await using ctx = server.client()
    const stream = new ManagedStream(pvSource(ctx), { queue: { overflow: 'drop-oldest', max: 1_000 } })
    await stream.start(['counter', 'other:0'])
    await until(() => stream.queue.size > 10, 'values')
    await server.kill()
    await until(() => stream.state === 'reconnecting', 'reconnecting')
    const queued = stream.queue.takeAll()
    expect(queued.length).toBeGreaterThan(10)
    await server.start()
    await until(() => stream.state === 'running', 'running')
    expect(stream.stats.reconnects).toBe(1)
    const again = await take(stream, 2)
    expect(again.map(({ name }) => name)).toContain('counter')
    await stream.stop()
  })

  it('can be gone during an update: it waits, and is done when the server is back', async () => {
    await using server = await ServerProcess.start(counting)
    await using ctx = server.client()
    await using stream = new ManagedStream(pvSource(ctx), { queue: { overflow: 'drop-oldest', max: 10 } })
    await stream.start(['counter'])
    await server.kill()
    const updated = stream.update({ add: ['other:1'] }, { timeout: 20_000 })
    expect(stream.state).toBe('updating')
    await server.start()
    await updated
    expect(stream.spec).toEqual(['counter', 'other:1'])
  })

  it('can be gone for an update: it is rolled back, and the set reconnects', async () => {
    await using server = await ServerProcess.start(counting)
    await using ctx = server.client()
    await using stream = new ManagedStream(pvSource(ctx), { queue: { overflow: 'drop-oldest', max: 10 } })
    await stream.start(['counter'])
    await server.kill()
    const refused = await rejection(stream.update({ add: ['other:1'] }, { timeout: 100 }))
    expect(refused).toMatchObject({ code: 'ERR_STREAM_ROLLBACK', failed: [{ id: 'other:1' }] })
    await server.start()
    stream.queue.takeAll()
    expect(await take(stream, 1)).toMatchObject([{ name: 'counter' }])
  })

  it('does not hold up a stop', async () => {
    await using server = await ServerProcess.start(counting)
    await using ctx = server.client()
    const stream = new ManagedStream(pvSource(ctx))
    await stream.start(['counter', 'other:0'])
    server.signal('SIGSTOP')
    await stream.stop()
    expect(stream.state).toBe('stopped')
    server.signal('SIGCONT')
  })
})
