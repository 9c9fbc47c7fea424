import { expectTypeOf, it } from 'vitest'
import type { Context, Server } from 'node-pvxs'
import type { ConfigError, RecordError } from 'node-pvxs/record'
import {
  parseConfig,
  Recorder,
  type ConfigFault,
  type HttpConfig,
  type Policy,
  type PvEntry,
  type PvListChange,
  type PvStatus,
  type RecordConfig,
  type RecorderEvent,
  type RecorderState,
  type RecorderStatus,
  type SinkConfig,
  type SinkStatus,
  type UpdateResult,
} from 'node-pvxs/record'
import type { Sink } from 'node-pvxs/telemetry'

declare const ctx: Context
declare const sink: Sink
declare const recorder: Recorder

it('a configuration is the same whether it is parsed or written down', () => {
  expectTypeOf(parseConfig('{}')).toEqualTypeOf<RecordConfig>()
  expectTypeOf(parseConfig('{}', { file: 'x', env: { A: undefined } })).toEqualTypeOf<RecordConfig>()
  const config: RecordConfig = {
    pvs: ['a', { name: 'b', deadband: 1, profile: 'p' }, { file: 'x' }],
    profiles: { p: { minPeriod: 1 } },
    sinks: { f: { type: 'jsonl', path: 'x' }, p: { type: 'pi', url: 'x' }, b: { type: 'btrdb' } },
    status: { prefix: 'x', isolated: true, tcpPort: 0 },
    http: { port: 0, token: 'x', unhealthyAfter: 1, readyAfter: 1 },
    pva: { addressList: ['x'] },
    watch: true,
  }
  expectTypeOf(
    Recorder.start(config, { context: ctx, sinks: { f: sink } }),
  ).resolves.toEqualTypeOf<Recorder>()
  // @ts-expect-error a kind of sink that is not there
  const kind: SinkConfig = { type: 'sqlite' }
  // @ts-expect-error the port is needed
  const http: HttpConfig = {}
  // @ts-expect-error a policy has no such key
  const policy: Policy = { deadbnd: 1 }
  expectTypeOf({ kind, http, policy }).toBeObject()
})

it('a recorder tells what it does', () => {
  expectTypeOf(recorder.status()).toEqualTypeOf<RecorderStatus>()
  expectTypeOf(recorder.status().sinks).toEqualTypeOf<Readonly<Record<string, SinkStatus>>>()
  expectTypeOf(recorder.status().state).toEqualTypeOf<RecorderState>()
  expectTypeOf(recorder.pv('a')).toEqualTypeOf<PvStatus | undefined>()
  expectTypeOf(recorder.pvs()).toExtend<Iterable<PvStatus>>()
  expectTypeOf(recorder.events()).toExtend<AsyncIterable<RecorderEvent>>()
  expectTypeOf(recorder.url).toEqualTypeOf<string | undefined>()
  expectTypeOf(recorder.server).toEqualTypeOf<Server | undefined>()
  expectTypeOf(recorder.closed).toEqualTypeOf<Promise<void>>()
})

it('a recorder is changed by a difference, a configuration, or its file', () => {
  const change: PvListChange = { add: ['a', { name: 'b', every: 1 } satisfies PvEntry], remove: ['c'] }
  expectTypeOf(recorder.update(change)).resolves.toEqualTypeOf<UpdateResult>()
  expectTypeOf(recorder.update({ pvs: [], sinks: {} })).resolves.toEqualTypeOf<UpdateResult>()
  expectTypeOf(recorder.reload()).resolves.toEqualTypeOf<UpdateResult>()
})

it('errors have codes, and faults their places', () => {
  expectTypeOf<ConfigError['code']>().toEqualTypeOf<'ERR_RECORD_CONFIG'>()
  expectTypeOf<ConfigError['faults']>().toEqualTypeOf<readonly ConfigFault[]>()
  expectTypeOf<RecordError['sink']>().toEqualTypeOf<string | undefined>()
})
