import { Context, type MonitorEvent } from 'node-pvxs'
import { describe, expect, it } from 'vitest'

import { START_MS } from './env.js'
import { servers, startIoc, type Ioc } from './ioc.js'
import { exchange } from './matrix.js'

describe.each(servers)('an IOC with QSRV $qsrv that restarts', ({ qsrv, peer }) => {
  it(
    'is found again by a monitor, which then goes on with a complete value',
    async (context) => {
      exchange(context, peer, 'reconnect')
      const first = await startIoc({ qsrv })
      let second: Ioc | undefined
      await using ctx = new Context(first.clientOptions)
      await using sub = ctx.monitor('t:ai', { events: true })
      const events = sub[Symbol.asyncIterator]()
      const next = async (): Promise<string> => {
        const { value } = await events.next()
        return value?.type ?? 'end'
      }
      try {
        expect(await next()).toBe('connected')
        expect(await next()).toBe('update')
        await first[Symbol.asyncDispose]()
        expect(await next()).toBe('disconnected')
        second = await startIoc({ qsrv, port: first.port, udpPort: first.udpPort })
        expect(await next()).toBe('connected')
        const e = (await events.next()).value as MonitorEvent | undefined
        if (e?.type !== 'update') expect.fail(`an update was due, not ${e?.type}`)
        expect(e.value.$isChanged('display.units')).toBe(true)
        expect(e.value.display.units).toBe('degC')
      } finally {
        await first[Symbol.asyncDispose]()
        await second?.[Symbol.asyncDispose]()
      }
    },
    START_MS,
  )
})
