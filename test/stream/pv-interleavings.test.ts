// Whatever is done to streams over real PVs, in whatever order: every promise settles, and no native object is left.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Context, debug, Server, type SharedPV } from 'node-pvxs'
import { ManagedStream, pvSource } from 'node-pvxs/stream'
import { int32, leavesNothing, turn, until } from '../unit/fixtures.js'

leavesNothing()

const NAMES = ['a', 'b', 'c', 'd'] as const
const step = fc.oneof(
  fc.record({ what: fc.constant('add' as const), name: fc.constantFrom(...NAMES, 'missing') }),
  fc.record({ what: fc.constant('remove' as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ what: fc.constant('post' as const), name: fc.constantFrom(...NAMES) }),
  fc.record({ what: fc.constant('lose' as const), name: fc.constantFrom(...NAMES) }),
  fc.record({
    what: fc.constantFrom('abort', 'stop', 'read', 'wait', 'wait', 'fail'),
    name: fc.constant('a'),
  }),
)

it('ends well after any interleaving', { timeout: 90_000 }, async () => {
  const pvs = Object.fromEntries(NAMES.map((name) => [name, int32()]))
  const server = await Server.start({ isolated: true, pvs })
  const ctx = new Context(server.clientConfig())
  const kept = NAMES.map((name) => ctx.connect(name)) // so that it is not the searching that takes the time
  await until(() => kept.every(({ connected }) => connected), 'connected')
  const before = debug.counts()
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 15 }),
      fc.constantFrom('all', 'any', 'none'),
      fc.boolean(),
      fc.constantFrom(true, true, false),
      async (steps, connect, rollback, opened) => {
        const promises: Promise<unknown>[] = []
        const keep = (promise: Promise<unknown>): void => {
          promise.catch(() => undefined)
          promises.push(promise)
        }
        let bad = false
        let abort = new AbortController()
        const errors: Error[] = []
        const stream = new ManagedStream(pvSource(ctx, { connect, queueSize: 2 }), {
          queue: { max: 2 },
          handler: ({ value }) => {
            if (bad) throw new Error('handler')
            return value
          },
        })
        keep(stream.start(['a'], { onError: (error) => errors.push(error) }))
        if (opened) await promises[0]?.catch(() => undefined)
        for (const { what, name } of steps) {
          const pv = pvs[name] as SharedPV | undefined
          const options = { timeout: 15, rollback, signal: abort.signal }
          if (what === 'add') keep(stream.update({ add: [name] }, options))
          else if (what === 'remove') keep(stream.update({ remove: [name] }, options))
          else if (what === 'post') pv?.post(1)
          else if (what === 'lose') pv?.close().open({ value: 2 })
          else if (what === 'read') stream.queue.takeAll()
          else if (what === 'stop') keep(stream.stop())
          else if (what === 'fail') bad = true
          else if (what === 'abort') {
            abort.abort()
            abort = new AbortController()
          } else await promises.at(-1)?.catch(() => undefined)
          await turn()
        }
        keep(stream.stop())
        await Promise.allSettled(promises)
        expect(['stopped', 'failed']).toContain(stream.state)
        expect(errors.length).toBe(stream.state === 'failed' ? 1 : 0)
        expect(debug.counts()).toEqual(before)
      },
    ),
    { numRuns: 100 },
  )
  await until(() => Object.values(pvs).every((pv) => pv.subscribers === 0), 'all are closed at the server')
  for (const connection of kept) await connection.close()
  await ctx.close()
  await server.close()
})
