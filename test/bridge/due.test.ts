import { expect, it } from 'vitest'
import { Due } from '../../lib-ts/bridge/due.js'
import type { Watch } from '../../lib-ts/bridge/watch.js'
import { deferred } from '../unit/fixtures.js'

/** A watch that says when it is looked at. */
function watched(): { readonly watch: Watch; readonly looked: Promise<number> } {
  const { promise, resolve } = deferred<number>()
  return { watch: { flush: resolve } as unknown as Watch, looked: promise }
}

it('what was due a moment ago is looked at by itself, and not only when there is room', async () => {
  const due = new Due()
  const { watch, looked } = watched()
  due.add(watch, performance.now() - 1)
  await looked
  due.close()
})

it('what has no room waits until there is', async () => {
  const due = new Due()
  const [blocked, later] = [watched(), watched()]
  due.add(blocked.watch, -Infinity)
  due.add(later.watch, performance.now() + 20)
  let room = false
  const order = Promise.race([blocked.looked.then(() => room), later.looked.then(() => 'later')])
  expect(await order).toBe('later')
  room = true
  due.flush()
  await blocked.looked
  due.close()
})

it('an earlier time comes first, whatever was asked for before, and what is deleted never', async () => {
  const due = new Due()
  const [early, late, gone] = [watched(), watched(), watched()]
  due.add(late.watch, performance.now() + 100)
  due.add(gone.watch, performance.now() + 5)
  due.add(early.watch, performance.now() + 10)
  due.delete(gone.watch)
  const first = await Promise.race([
    early.looked.then(() => 'early'),
    late.looked.then(() => 'late'),
    gone.looked.then(() => 'gone'),
  ])
  expect(first).toBe('early')
  expect(await Promise.race([late.looked.then(() => 'late'), gone.looked.then(() => 'gone')])).toBe('late')
  due.close()
})

it('says whether it waited already', () => {
  const due = new Due()
  const { watch } = watched()
  const at = performance.now() + 1_000
  expect([
    due.add(watch, at),
    due.add(watch, at),
    due.add(watch, -Infinity),
    due.add(watch, -Infinity),
  ]).toEqual([false, true, true, true])
  due.close()
})
