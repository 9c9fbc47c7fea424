import { describe, expect, it } from 'vitest'
import { Reader, TypeDef, Writer, type Value } from '../../../lib-ts/data/index.js'
import { contextConfig } from '../../../lib-ts/client/config.js'
import { ContextCore } from '../../../lib-ts/client/context-core.js'
import { PauseGate, QueueDelivery } from '../../../lib-ts/client/delivery.js'
import { MonitorFeed, type MonitorEvent } from '../../../lib-ts/client/monitor-feed.js'
import { Queue, QueueIterator, type QueueOwner } from '../../../lib-ts/client/queue.js'
import { UpdateCredit } from '../../../lib-ts/client/update-credit.js'
import { EventCode, Kind, type InboxRecord } from '../../../lib-ts/native/index.js'
import { drain, leavesNothing, rejection } from '../fixtures.js'

leavesNothing()

class Owner implements QueueOwner<number> {
  readonly queue = new Queue<number>(this)
  readonly log: string[] = []
  taken(item: number): void {
    this.log.push(`took ${item}`)
  }
  takenAll(items: readonly number[]): void {
    this.log.push(`took ${items.join(' ')}`)
  }
  awaited(on: boolean): void {
    this.log.push(on ? 'waiting' : 'not waiting')
  }
}

const value = <T>(result: IteratorResult<T>): T | undefined =>
  result.done === true ? undefined : result.value

describe('a queue', () => {
  it('hands out in order what waits and what comes', async () => {
    const { queue, log } = new Owner()
    queue.push(1)
    queue.push(2)
    expect(value(await queue.next())).toBe(1)
    queue.push(3)
    expect([value(await queue.next()), value(await queue.next())]).toEqual([2, 3])
    const waiting = queue.next()
    queue.push(4)
    expect(value(await waiting)).toBe(4)
    expect(log).toEqual(['took 1', 'took 2', 'took 3', 'waiting', 'not waiting', 'took 4'])
    expect(queue.length).toBe(0)
  })

  it('serves several that wait in their order, and the rest with the end', async () => {
    const { queue } = new Owner()
    const results = [queue.next(), queue.next(), queue.next()]
    queue.push(1)
    queue.push(2)
    queue.end()
    expect((await Promise.all(results)).map((result) => value(result))).toEqual([1, 2, undefined])
    queue.push(3)
    expect((await queue.next()).done).toBe(true)
  })

  it('gives all that came in one turn as one batch', async () => {
    const { queue, log } = new Owner()
    const batch = queue.nextAll()
    for (const item of [1, 2, 3]) queue.push(item)
    expect(value(await batch)).toEqual([1, 2, 3])
    queue.push(4)
    expect(value(await queue.next())).toBe(4)
    for (const item of [5, 6, 7]) queue.push(item)
    expect(value(await queue.next())).toBe(5)
    queue.push(8)
    expect(value(await queue.nextAll())).toEqual([6, 7, 8])
    expect(log.at(-1)).toBe('took 6 7 8')
  })

  it('hands out what waits before its error, and the error once', async () => {
    const { queue } = new Owner()
    queue.push(1)
    queue.end({ reason: 'broken' })
    expect(value(await queue.next())).toBe(1)
    expect(await rejection(queue.next())).toBe('broken')
    expect((await queue.next()).done).toBe(true)
    expect((await queue.nextAll()).done).toBe(true)
  })

  it('gives its error to a waiting reader', async () => {
    const { queue } = new Owner()
    const waiting = queue.next()
    const second = queue.next()
    queue.end({ reason: 'broken' })
    expect(await rejection(waiting)).toBe('broken')
    expect((await second).done).toBe(true)
  })

  it('costs the same for any length', async () => {
    const { queue } = new Owner()
    const N = 200_000
    for (let k = 0; k < N; k++) queue.push(k)
    const begin = performance.now()
    for (let k = 0; k < N; k++) if (value(await queue.next()) !== k) throw new Error(`not ${k}`)
    expect(performance.now() - begin).toBeLessThan(5_000)
  })

  it('has an iterator that closes when its loop is left, by break or throw', async () => {
    const { queue } = new Owner()
    let closed = 0
    const iterator = () =>
      new QueueIterator(
        () => queue.next(),
        () => {
          closed++
          return Promise.resolve()
        },
      )
    queue.push(1)
    for await (const item of iterator()) {
      expect(item).toBe(1)
      break
    }
    expect(closed).toBe(1)
    const thrower = iterator()
    expect(await rejection(thrower.throw('out'))).toBe('out')
    expect(closed).toBe(2)
    expect(await iterator().return()).toEqual({ done: true, value: undefined })
  })
})

/** A feed as the inbox drives it, without a server. */
function driven(events: boolean) {
  const core = new ContextCore(
    contextConfig({ useEnv: false, addressList: ['127.0.0.1'], autoAddressList: false, broadcastPort: 9 }),
  )
  const credit = new UpdateCredit(core.env, 4)
  const delivery = new QueueDelivery(events, core.hold, credit)
  const gate = new PauseGate(delivery, credit)
  const feed = new MonitorFeed(
    core,
    { pv: 'x', signal: undefined, type: undefined, selection: {}, connectTimeout: Infinity, credit },
    gate,
  )
  feed.start(null, '')
  const type = new TypeDef('struct', { value: 'int32' })
  const writer = new Writer()
  const reader = (): Reader => {
    const bytes = writer.bytes().slice()
    writer.reset()
    return new Reader(bytes.buffer)
  }
  return {
    core,
    feed,
    gate,
    next: () => delivery.queue.next(),
    all: () =>
      drain(
        new QueueIterator(
          () => delivery.queue.next(),
          () => feed.close(),
        ),
      ),
    event(flags: number, text = ''): void {
      writer.f64(1_700_000_000_000)
      writer.string(text)
      feed.record({ kind: Kind.Event, flags, reader: reader() } as unknown as InboxRecord)
    },
    update(n: number): void {
      const made = type.create({ value: n }).$freeze()
      feed.record({
        kind: Kind.Update,
        flags: 0,
        type: 1,
        plan: { type },
        value: () => made,
      } as unknown as InboxRecord)
    },
  }
}

const words = (items: (MonitorEvent | Value)[]) =>
  items.map((item) => {
    const event = item as MonitorEvent & { type?: string }
    if (event.type === 'update') return event.value.value as number
    return 'type' in item ? event.type : (item.value as number)
  })

describe('the end of a stream', () => {
  it('[54] finishes the iteration, whether or not events are shown', async () => {
    for (const events of [true, false]) {
      const d = driven(events)
      d.event(EventCode.Connected, 'peer')
      d.update(1)
      d.update(2)
      d.event(EventCode.Finished)
      expect(words(await d.all())).toEqual(events ? ['connected', 1, 2, 'finished'] : [1, 2])
      expect(d.feed.open).toBe(false)
      await d.core.close()
    }
  })

  it('hands out what came before an error of the server', async () => {
    const d = driven(false)
    d.event(EventCode.Connected)
    d.update(1)
    d.event(EventCode.RemoteError, 'no more')
    expect(words([value(await d.next()) as Value])).toEqual([1])
    const error = await rejection(d.next())
    expect([error['code'], error.message, error['pv']]).toEqual(['ERR_PVA_REMOTE', 'no more', 'x'])
    await d.core.close()
  })

  it('hands out what was kept by a pause, but not after close', async () => {
    const d = driven(false)
    d.update(1)
    d.gate.pause()
    d.update(2)
    d.event(EventCode.Finished)
    expect(words(await d.all())).toEqual([1, 2])
    await d.core.close()
    const e = driven(false)
    e.gate.pause()
    e.update(1)
    await e.feed.close()
    expect(await e.all()).toEqual([])
    await e.core.close()
  })

  it('forgets on a disconnect what a pause kept: what comes next is complete', async () => {
    const d = driven(true)
    d.event(EventCode.Connected)
    d.update(1)
    d.gate.pause()
    d.update(2)
    d.event(EventCode.Disconnected)
    d.event(EventCode.Connected)
    d.gate.resume()
    d.update(3)
    d.event(EventCode.Finished)
    expect(words(await d.all())).toEqual(['connected', 'disconnected', 'connected', 3, 'finished'])
    await d.core.close()
  })
})
