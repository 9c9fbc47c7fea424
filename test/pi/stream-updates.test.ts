import { describe, expect, it } from 'vitest'
import { ManagedStream } from 'node-pvxs/stream'
import type { PiUpdate, PiWebApi } from 'node-pvxs/pi'
import type { PiSimulator } from 'node-pvxs/testing'
import { valuesOf } from './following.js'
import { failureOf, plant } from './plant.js'

/** Starts to follow; resolves when the server has signed it up. */
async function following(
  { pi, sim }: { pi: PiWebApi; sim: PiSimulator },
  refs: readonly string[],
): Promise<(count: number) => Promise<PiUpdate[]>> {
  const turns = pi.updates(refs, { interval: 5 })
  let next = turns.next()
  next.catch(() => undefined)
  await expect
    .poll(() => sim.requests.some(({ verb, path }) => verb === 'GET' && path.endsWith('updates')))
    .toBe(true)
  return async (count) => {
    const all: PiUpdate[] = []
    while (all.length < count) {
      const { value, done } = await next
      if (done === true) break
      next = turns.next()
      next.catch(() => undefined)
      all.push(...value)
    }
    return all
  }
}

describe('stream updates', () => {
  it('give what is new, turn by turn, in few calls', async () => {
    const points = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`tag${i}`, { value: 0 }]))
    const both = await plant({ points }, { maxUrlBytes: 600 })
    const take = await following(both, Object.keys(points))
    both.sim.post('tag3', 1)
    both.sim.post('tag3', 2)
    both.sim.post('tag7', 3)
    const updates = await take(3)
    expect(updates.map(({ ref, value }) => [ref, value])).toEqual([
      ['tag3', 1],
      ['tag3', 2],
      ['tag7', 3],
    ])
    for (const { url } of both.sim.requests) expect(url.length).toBeLessThanOrEqual(600)
  })

  it('sign up again when the server forgot, and read from the archive what was missed', async () => {
    const both = await plant()
    const take = await following(both, ['sinusoid', 'mode'])
    both.sim.post('sinusoid', 2)
    expect(valuesOf(await take(1))).toEqual([2])
    both.sim.forgetUpdates()
    both.sim.post('sinusoid', 3)
    both.sim.post('sinusoid', 4)
    expect(valuesOf(await take(2))).toEqual([3, 4])
    both.sim.post('sinusoid', 5)
    expect(valuesOf(await take(1))).toEqual([5])
  })

  it('lose nothing and repeat nothing over 200 posts with a server that forgets and connections that drop', async () => {
    const both = await plant({ points: { count: { type: 'Int32', value: 0 } } })
    const take = await following(both, ['count'])
    const reading = take(200)
    for (let i = 1; i <= 200; i++) {
      both.sim.post('count', i)
      if (Math.random() < 0.05) both.sim.forgetUpdates()
      if (Math.random() < 0.05) both.sim.dropSockets()
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
    }
    expect(valuesOf(await reading)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  })

  it('go on when a marker is refused', async () => {
    const both = await plant()
    const take = await following(both, ['sinusoid'])
    let refused = false
    both.sim.intercept(({ verb, path }) => {
      if (refused || verb !== 'GET' || !path.endsWith('updates')) return undefined
      refused = true
      both.sim.post('sinusoid', 8)
      return { status: 409, body: { Errors: ['The marker is not valid.'] } }
    })
    expect(valuesOf(await take(1))).toEqual([8])
    expect(refused).toBe(true)
  })

  it('give the value of a static attribute once with the reason, and go on with the others', async () => {
    const attributes = { 'Plant\\Pump1|Serial': { value: 'A1', static: true } }
    const { pi, sim } = await plant({ attributes })
    const turns = pi.updates(['//AFSRV/Plant/Pump1|Serial', 'sinusoid'], { interval: 5 })
    const { value: first } = await turns.next()
    expect(first).toMatchObject([{ ref: '//AFSRV/Plant/Pump1|Serial', value: 'A1', good: true }])
    expect(first?.[0]?.errors?.join()).toMatch(/static/)
    sim.post('sinusoid', 2)
    expect((await turns.next()).value).toMatchObject([{ ref: 'sinusoid', value: 2 }])
    await turns.return()
  })

  it('end with the signal’s reason, with the client, and with the loop', async () => {
    const { pi } = await plant()
    const reason = new Error('enough')
    const abort = new AbortController()
    const aborted = pi.updates(['sinusoid'], { interval: 5, signal: abort.signal }).next()
    abort.abort(reason)
    expect(await failureOf(aborted)).toBe(reason)
    const closed = pi.updates(['sinusoid'], { interval: 5 }).next()
    await pi.close()
    expect((await failureOf(closed)).code).toBe('ERR_PI_CLOSED')
  })

  it('refuse what is wrong at once', async () => {
    const { pi, sim } = await plant()
    expect(() => pi.updates([])).toThrow(/at least one/)
    expect(() => pi.updates(['x'], { interval: 0 })).toThrow(/interval/)
    expect(sim.requests).toEqual([])
    expect((await failureOf(pi.updates(['nothing']).next())).code).toBe('ERR_PI_NOT_FOUND')
  })
})

describe('a managed stream', () => {
  it.each(['channel', 'updates'] as const)(
    'over %s gives values, and changes its set while it runs',
    async (transport) => {
      const { pi, sim } = await plant()
      await using stream = new ManagedStream(
        pi.source({ transport, interval: 5, includeInitialValues: false }),
      )
      const values = stream[Symbol.asyncIterator]()
      await stream.start(['sinusoid'])
      sim.post('sinusoid', 2)
      expect((await values.next()).value).toMatchObject({ ref: 'sinusoid', value: 2 })
      await stream.update({ add: ['mode'] })
      sim.post('mode', 'Off')
      expect((await values.next()).value).toMatchObject({ ref: 'mode' })
      await stream.update({ remove: ['sinusoid'] })
      sim.post('sinusoid', 3)
      sim.post('mode', 'On')
      expect((await values.next()).value).toMatchObject({ ref: 'mode', value: { name: 'On' } })
      expect(stream.state).toBe('running')
    },
  )

  it.each(['channel', 'updates'] as const)(
    'over %s goes on as it was when a reference is not there',
    async (transport) => {
      const { pi, sim } = await plant()
      await using stream = new ManagedStream(
        pi.source({ transport, interval: 5, includeInitialValues: false }),
      )
      await stream.start(['sinusoid'])
      const failed = await failureOf(stream.update({ add: ['nothing'] }))
      expect(failed).toMatchObject({
        code: 'ERR_STREAM_ROLLBACK',
        failed: [{ error: { code: 'ERR_PI_NOT_FOUND' } }],
      })
      sim.post('sinusoid', 2)
      for await (const { value } of stream) {
        expect(value).toBe(2)
        break
      }
    },
  )

  it('tells of gaps, and of members that are lost and found', async () => {
    const { pi, sim } = await plant()
    await using stream = new ManagedStream(pi.source({ reconnect: { min: 1 } }))
    await stream.start(['sinusoid'])
    const types: string[] = []
    const told = (async () => {
      for await (const event of stream.events()) {
        types.push(event.type)
        if (event.type === 'gap') return event
      }
      return undefined
    })()
    sim.dropSockets()
    sim.post('sinusoid', 2)
    expect(await told).toMatchObject({ ids: ['sinusoid'] })
    expect(types).toEqual(expect.arrayContaining(['disconnected', 'connected', 'gap']))
    expect(stream.stats.reconnects).toBe(1)
    expect(stream.state).toBe('running')
  })

  it('takes stream updates where a proxy refuses the upgrade, and not where PI Web API does', async () => {
    const { pi, sim } = await plant()
    const open = (): ManagedStream<unknown, PiUpdate> =>
      new ManagedStream<unknown, PiUpdate>(pi.source({ transport: 'auto', interval: 5 }))
    const upgrade = (answer: object) =>
      sim.intercept(({ path }) => (path.endsWith('channel') ? (answer as never) : undefined))
    upgrade({ status: 403, body: { Errors: ['no channels for you'] } })
    expect((await failureOf(open().start(['sinusoid']))).code).toBe('ERR_PI_FORBIDDEN')
    upgrade({ status: 403, body: '<html>Blocked</html>' })
    await using stream = open()
    await stream.start(['sinusoid'])
    sim.post('sinusoid', 2)
    for await (const { value } of stream) {
      expect(value).toBe(2)
      break
    }
    expect(sim.sockets).toBe(0)
  })
})
