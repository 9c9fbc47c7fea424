// BoundedQueue: what it keeps, what waits, what is dropped, and how it ends.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BoundedQueue, type Overflow, type QueueOptions } from 'node-pvxs/stream'
import { drain, rejection, take, thrown, turn } from '../unit/fixtures.js'

/** Whether a promise has settled within this turn. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  promise.then(
    () => (done = true),
    () => (done = true),
  )
  await turn()
  return done
}

async function filled<T>(options: QueueOptions<T>, ...items: T[]): Promise<BoundedQueue<T>> {
  const queue = new BoundedQueue<T>(options)
  for (const item of items) await queue.push(item)
  return queue
}

describe('a queue that blocks', () => {
  it('lets a push wait until there is room, in turn', async () => {
    const queue = await filled({ max: 1 }, 1)
    const second = queue.push(2)
    const third = queue.push(3)
    expect(await settled(second)).toBe(false)
    expect(await queue.take()).toBe(1)
    expect([await settled(second), await settled(third)]).toEqual([true, false])
    expect([await queue.take(), await queue.take(), queue.size, queue.dropped]).toEqual([2, 3, 0, 0])
    await third
  })

  it('does not let tryPush overtake a push that waits', async () => {
    const queue = await filled({ max: 1 }, 1)
    const waiting = queue.push(2)
    expect(queue.tryPush(3)).toBe(false)
    expect(queue.takeAll()).toEqual([1])
    expect([queue.tryPush(3), queue.takeAll()]).toEqual([false, [2]])
    await waiting
  })

  it('leaves an item out whose push was aborted while it waited', async () => {
    const queue = await filled({ max: 1 }, 1)
    const abort = new AbortController()
    const waiting = queue.push(2, { signal: abort.signal })
    abort.abort(new Error('enough'))
    expect((await rejection(waiting)).message).toBe('enough')
    expect([queue.takeAll(), queue.size]).toEqual([[1], 0])
  })

  it('refuses pushes that wait when it ends', async () => {
    const queue = await filled({ max: 1 }, 1)
    const waiting = queue.push(2)
    queue.end()
    expect(await rejection(waiting)).toMatchObject({ code: 'ERR_STREAM_ENDED' })
    expect(await drain(queue)).toEqual([1])
  })
})

describe('a full queue', () => {
  it('drops the oldest and counts it', async () => {
    const queue = await filled({ max: 2, overflow: 'drop-oldest' }, 1, 2, 3, 4)
    expect([queue.dropped, queue.takeAll()]).toEqual([2, [3, 4]])
  })

  it('drops the newest and counts it', async () => {
    const queue = await filled({ max: 2, overflow: 'drop-newest' }, 1, 2, 3)
    expect(queue.tryPush(4)).toBe(false)
    expect([queue.dropped, queue.takeAll()]).toEqual([2, [1, 2]])
  })

  it('keeps the newest of each key, in the place of the oldest', async () => {
    const key = ([name]: string): unknown => name
    const queue = await filled({ max: 2, overflow: 'latest', key }, 'a1', 'b1', 'a2', 'a3')
    expect([queue.dropped, queue.takeAll()]).toEqual([2, ['a3', 'b1']])
  })

  it('lets an item with another key wait', async () => {
    const key = ([name]: string): unknown => name
    const queue = await filled({ max: 1, overflow: 'latest', key }, 'a1')
    const other = queue.push('b1')
    expect(await settled(other)).toBe(false)
    expect(queue.tryPush('a2')).toBe(true)
    expect([await queue.take(), await queue.take()]).toEqual(['a2', 'b1'])
    await other
  })
})

describe('taking', () => {
  it('gives each item to one taker, in turn', async () => {
    const queue = new BoundedQueue<number>()
    const takers = [queue.take(), queue.take(), queue.take()]
    for (const n of [1, 2, 3]) await queue.push(n)
    expect(await Promise.all(takers)).toEqual([1, 2, 3])
    expect(queue.taken).toBe(3)
  })

  it('loses no item by an abort', async () => {
    const queue = new BoundedQueue<number>()
    const abort = new AbortController()
    const given = queue.take({ signal: abort.signal })
    const next = queue.take()
    abort.abort(new Error('enough'))
    await queue.push(1)
    expect((await rejection(given)).message).toBe('enough')
    expect(await next).toBe(1)
  })

  it('takes nothing for a signal that is aborted already', async () => {
    const queue = await filled({}, 1)
    expect((await rejection(queue.take({ signal: AbortSignal.abort(new Error('no')) }))).message).toBe('no')
    expect(queue.size).toBe(1)
  })

  it('gives undefined at the end, after what waits', async () => {
    const queue = await filled({}, 1)
    queue.end()
    expect([await queue.take(), await queue.take()]).toEqual([1, undefined])
  })

  it('throws the error of the end, after what waits', async () => {
    const queue = await filled({}, 1)
    queue.end(new Error('broken'))
    queue.end(new Error('again'))
    expect(await queue.take()).toBe(1)
    expect((await rejection(queue.take())).message).toBe('broken')
    expect((await rejection(drain(queue))).message).toBe('broken')
  })

  it('wakes all takers when it ends', async () => {
    const queue = new BoundedQueue<number>()
    const takers = [queue.take(), queue.take()]
    queue.end()
    expect(await Promise.all(takers)).toEqual([undefined, undefined])
  })

  it('gives all that came in a turn as one batch', async () => {
    const queue = new BoundedQueue<number>()
    const batch = queue.batches().next()
    for (const n of [1, 2, 3]) queue.tryPush(n)
    expect(await batch).toEqual({ done: false, value: [1, 2, 3] })
  })

  it('settles a pending next when the iterator is returned, and loses nothing', async () => {
    const queue = new BoundedQueue<number>()
    const items = queue[Symbol.asyncIterator]()
    const pending = items.next()
    await items.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    await queue.push(1)
    expect(await queue.take()).toBe(1)
  })

  it('leaves the rest when a loop is left', async () => {
    const queue = await filled({}, 1, 2, 3)
    expect([await take(queue, 1), queue.takeAll()]).toEqual([[1], [2, 3]])
  })
})

describe('bad input', () => {
  it.each<[string, unknown]>([
    ['max 0', { max: 0 }],
    ['a fraction', { max: 1.5 }],
    ['an unknown policy', { overflow: 'newest' }],
    ['latest without a key', { overflow: 'latest' }],
    ['a key that is not a function', { overflow: 'latest', key: 'name' }],
    ['an unknown option', { size: 4 }],
    ['no object', 7],
    ['null', null],
  ])('refuses %s at once', (_what, options) => {
    expect(thrown(() => new BoundedQueue(options as QueueOptions))).toMatchObject({
      code: 'ERR_STREAM_ARGUMENT',
    })
  })

  it('refuses undefined as an item', async () => {
    const queue = new BoundedQueue<unknown>()
    expect(await rejection(queue.push(undefined))).toMatchObject({ code: 'ERR_STREAM_ARGUMENT' })
    expect(thrown(() => queue.tryPush(undefined))).toMatchObject({ code: 'ERR_STREAM_ARGUMENT' })
    expect(queue.size).toBe(0)
  })
})

it('keeps its limit, its order and its counts whatever is done to it', async () => {
  const step = fc.constantFrom('push', 'tryPush', 'take', 'takeAll', 'abort')
  const overflow = fc.constantFrom<Overflow>('block', 'drop-oldest', 'drop-newest')
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), overflow, fc.array(step, { maxLength: 40 }), anything),
    { numRuns: 200 },
  )

  async function anything(max: number, policy: Overflow, steps: readonly string[]): Promise<void> {
    const queue = new BoundedQueue<number>({ max, overflow: policy })
    const out: number[] = []
    const open: Promise<unknown>[] = []
    let pushed = 0
    let left = 0
    let abort = new AbortController()
    for (const what of steps) {
      if (what === 'push') open.push(queue.push(pushed++))
      else if (what === 'tryPush' && !queue.tryPush(pushed++) && policy === 'block') left++
      else if (what === 'takeAll') out.push(...queue.takeAll())
      else if (what === 'abort') {
        abort.abort()
        abort = new AbortController()
      } else if (what === 'take') {
        const taking = queue.take({ signal: abort.signal })
        open.push(
          taking.then(
            (n) => n !== undefined && out.push(n),
            () => undefined, // aborted
          ),
        )
      }
      expect(queue.size).toBeLessThanOrEqual(max)
      await turn() // so that what was taken comes before what is taken next
    }
    while (queue.size > 0) out.push(...queue.takeAll())
    await turn()
    queue.end()
    await Promise.allSettled(open)
    expect(out.length + queue.dropped + left).toBe(pushed)
    expect([...out].sort((a, b) => a - b)).toEqual(out)
  }
})
