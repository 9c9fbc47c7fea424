import { expect, it } from 'vitest'
import { debug, get, info, monitor, NTScalar, put, rpc, SharedPV } from 'node-pvxs'
import { loopback, take } from '../fixtures.js'

// A file of its own: the default Context lives as long as the process.
it('makes no Context before it is used, and one for all functions', async () => {
  expect(debug.counts()).toEqual({})
  await using it = await loopback({
    x: SharedPV.mailbox(new NTScalar('int32'), { value: 7 }),
    f: new SharedPV({ onRpc: () => ({ ok: true }) }),
  })
  const server = `127.0.0.1:${it.server.tcpPort}`
  const before = debug.counts()['Context'] ?? 0
  await put('x', 8, { server })
  expect((await get('x', { server })).value).toBe(8)
  expect((await info('x', { server })).code).toBe('struct')
  expect((await rpc('f', {}, { server }))?.ok).toBe(true)
  expect((await take(monitor('x', { server }), 1))[0]?.value).toBe(8)
  expect(debug.counts()['Context']).toBe(before + 1)
})
