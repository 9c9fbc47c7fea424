import { afterEach, describe, expect, it, vi } from 'vitest'
import { pipe } from 'node-pvxs/telemetry'
import { rejection, turn } from '../unit/fixtures.js'
import { away, fine, quick, run, Scripted } from './scripted.js'

afterEach(() => vi.useRealTimers())

describe('pipe', () => {
  it('takes samples in batches, and resolves with the counts', async () => {
    async function* updates() {
      await turn()
      yield run(3)
      yield []
      yield run(2, 3)
    }
    const sink = new Scripted(fine)
    expect(await pipe(updates(), sink)).toMatchObject({ pushed: 5, written: 5 })
    expect(sink.batches.flat()).toEqual([0, 1, 2, 3, 4])
  })

  it('ends at an abort with what was taken delivered, even when no update comes any more', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    async function* updates() {
      yield run(3)
      await new Promise(() => undefined)
      yield []
    }
    const sink = new Scripted(fine)
    const piped = pipe(updates(), sink, { signal: stop.signal, linger: 50_000 })
    setTimeout(() => stop.abort(reason), 20)
    expect(await rejection(piped)).toBe(reason)
    expect(sink.batches).toEqual([[0, 1, 2]])
  })

  it('gives up after timeout when the sink is away at an abort', async () => {
    async function* updates() {
      yield run(3)
      await new Promise(() => undefined)
      yield []
    }
    const sink = new Scripted(() => {
      throw away()
    })
    const piped = pipe(updates(), sink, {
      signal: AbortSignal.timeout(20),
      timeout: 50,
      linger: 0,
      retry: quick,
    })
    expect(await rejection(piped)).toMatchObject({ name: 'TimeoutError' })
  })

  it.each([[5], [[5]], [[undefined]], [[null, ...run(1)]], [{ name: 'x', value: 5 }]])(
    'refuses %o, delivers what came before, and closes the updates',
    async (wrong) => {
      let closed = false
      async function* updates() {
        try {
          await turn()
          yield run(2)
          yield wrong as never
        } finally {
          closed = true
        }
      }
      const sink = new Scripted(fine)
      expect(await rejection(pipe(updates(), sink))).toMatchObject({ code: 'ERR_PVA_ARGUMENT' })
      expect(sink.batches).toEqual([[0, 1]])
      expect(closed).toBe(true)
    },
  )

  it('delivers what came before the updates threw', async () => {
    const oops = new Error('the source broke')
    async function* updates() {
      await turn()
      yield run(2)
      throw oops
    }
    const sink = new Scripted(fine)
    expect(await rejection(pipe(updates(), sink))).toBe(oops)
    expect(sink.batches).toEqual([[0, 1]])
  })
})
