import { expectTypeOf, it } from 'vitest'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Context } from 'node-pvxs'
import {
  Bridge,
  BridgeError,
  hashPassword,
  type AuthOptions,
  type BridgeCode,
  type BridgeOptions,
  type BridgeStats,
  type Limits,
  type LogEntry,
  type PageOptions,
  type Patterns,
  type RightsOptions,
  type TokenOptions,
  type UserOptions,
} from 'node-pvxs/bridge'
import type { InfluxDB } from 'node-pvxs/influx'
import type { JsonlStore } from 'node-pvxs/record'
import type { History } from 'node-pvxs/telemetry'

declare const ctx: Context
declare const influx: InfluxDB
declare const jsonl: JsonlStore

it('starts with options, none of which is needed', () => {
  expectTypeOf<Parameters<typeof Bridge.start>[0]>().toEqualTypeOf<BridgeOptions | undefined>()
  expectTypeOf(Bridge.start()).resolves.toEqualTypeOf<Bridge>()
  expectTypeOf(new Bridge({ ctx, path: '/pvs' })).toExtend<AsyncDisposable>()
  // @ts-expect-error a port is a number
  void Bridge.start({ port: '8080' })
  // @ts-expect-error patterns are a list
  void Bridge.start({ write: 'lab:*' })
  // @ts-expect-error there is no such option
  void Bridge.start({ prot: 1 })
  // @ts-expect-error there is no such limit
  void Bridge.start({ limits: { socket: 1 } })
})

it('takes any history of a store', () => {
  expectTypeOf<BridgeOptions['history']>().toEqualTypeOf<History | undefined>()
  new Bridge({ history: jsonl, keep: 600_000 })
  new Bridge({ history: influx.history() })
  // @ts-expect-error a history has four methods
  new Bridge({ history: { read: () => [] } })
})

it('is mounted in a server of Node', () => {
  expectTypeOf<Bridge['handle']>().toEqualTypeOf<(req: IncomingMessage, res: ServerResponse) => boolean>()
  expectTypeOf<Bridge['upgrade']>().toEqualTypeOf<
    (req: IncomingMessage, socket: Duplex, head: Buffer) => boolean
  >()
})

it('tells what it does', () => {
  expectTypeOf<Bridge['stats']>().returns.toEqualTypeOf<BridgeStats>()
  expectTypeOf<BridgeStats['merged']>().toEqualTypeOf<number>()
  expectTypeOf<Bridge['metrics']>().returns.toEqualTypeOf<string>()
  expectTypeOf<Bridge['url']>().toEqualTypeOf<string>()
  expectTypeOf<Bridge['close']>().returns.toEqualTypeOf<Promise<void>>()
  expectTypeOf<LogEntry['level']>().toEqualTypeOf<'info' | 'warning' | 'error'>()
})

it('knows users by tokens and hashes, each with rights', () => {
  expectTypeOf<TokenOptions>().toExtend<RightsOptions>()
  expectTypeOf<UserOptions['hash']>().toEqualTypeOf<string>()
  expectTypeOf<AuthOptions['anonymous']>().toEqualTypeOf<'read' | 'none' | undefined>()
  expectTypeOf<Patterns>().toEqualTypeOf<readonly (string | RegExp)[]>()
  expectTypeOf(hashPassword).returns.resolves.toBeString()
  expectTypeOf<NonNullable<BridgeOptions['authorize']>>().parameters.toEqualTypeOf<
    [user: string, action: 'read' | 'write' | 'rpc', pv: string]
  >()
  // @ts-expect-error a token belongs to a user
  new Bridge({ auth: { tokens: [{ token: 'long-enough' }] } })
})

it('has a page, or none, and limits', () => {
  expectTypeOf<BridgeOptions['page']>().toEqualTypeOf<boolean | PageOptions | undefined>()
  expectTypeOf<Limits['value']>().toEqualTypeOf<number>()
})

it('its errors have a code of their own', () => {
  expectTypeOf<BridgeError>().toExtend<Error>()
  expectTypeOf<'ERR_BRIDGE_UNSAFE'>().toExtend<BridgeCode>()
  // @ts-expect-error there is no such code
  new BridgeError('ERR_BRIDGE_NOTHING', 'x')
})
