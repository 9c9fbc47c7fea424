import { expectTypeOf, it } from 'vitest'
import {
  type Channel,
  type ChannelEvent,
  type ChannelMessage,
  type PiSpec,
  basic,
  chain,
  negotiate,
  piSamples,
  point,
  timedValue,
  type PiAuth,
  type PiRef,
  type PiSinkOptions,
  type PiUpdate,
  type PiWebApi,
} from 'node-pvxs/pi'
import { ManagedStream, type Source } from 'node-pvxs/stream'
import type { Batcher, History, Sample, Series, Sink, WriteResult } from 'node-pvxs/telemetry'

declare const pi: PiWebApi
declare const source: Source<readonly PiRef[], PiUpdate>
declare const channel: Channel
declare const batcher: Batcher

it('the ends of the pipeline fit its types', () => {
  expectTypeOf(pi.sink()).toExtend<Sink>()
  expectTypeOf(pi.history()).toExtend<History>()
  expectTypeOf(pi.sink().write([])).resolves.toEqualTypeOf<WriteResult>()
  expectTypeOf(pi.history().at(['a'], 0n)).resolves.toEqualTypeOf<(Sample | null)[]>()
  expectTypeOf(piSamples()).toEqualTypeOf<(update: PiUpdate) => Sample[]>()
  const stream = new ManagedStream(source, { handler: piSamples() })
  expectTypeOf(stream.batches()).toExtend<AsyncIterable<Sample[]>>()
  expectTypeOf(batcher).toHaveProperty('push').parameter(0).toExtend<readonly Sample[]>()
})

it('options of the sink are told apart', () => {
  expectTypeOf<NonNullable<PiSinkOptions['point']>>().toEqualTypeOf<(series: Series) => PiRef | undefined>()
  pi.sink({ create: ({ units }) => ({ Descriptor: units, Step: true }), missing: { state: 'No Data' } })
  // @ts-expect-error no such option of the server
  pi.sink({ updateOption: 'Remove' })
  // @ts-expect-error a point has no such field
  pi.sink({ create: () => ({ Unit: 'm' }) })
  // @ts-expect-error 3 is for what is bad
  piSamples({ questionable: 3 })
})

it('live values are typed', () => {
  expectTypeOf(pi.source()).toEqualTypeOf<Source<PiSpec, PiUpdate>>()
  expectTypeOf(pi.channel(['a'])).resolves.toEqualTypeOf<Channel>()
  expectTypeOf(pi.watch(['a'])).toExtend<AsyncIterable<PiUpdate> & AsyncDisposable>()
  expectTypeOf(pi.updates(['a'])).toExtend<AsyncIterable<PiUpdate[]>>()
  expectTypeOf(channel).toExtend<AsyncIterable<ChannelMessage> & AsyncDisposable>()
  expectTypeOf(channel.recv()).resolves.toEqualTypeOf<ChannelMessage>()
  expectTypeOf(channel.events()).toExtend<AsyncIterable<ChannelEvent>>()
  // @ts-expect-error a parent is not a filter alone
  void pi.channel({ nameFilter: 'a*' })
})

it('OMF messages have a type and options', () => {
  expectTypeOf(
    pi.omf('data', [{ containerid: 'a' }], { action: 'update', gzip: false }),
  ).resolves.toBeUnknown()
  // @ts-expect-error no such type of message
  void pi.omf('types', [])
  // @ts-expect-error messages are objects
  void pi.omf('type', ['a'])
  // @ts-expect-error a query is for actions
  void pi.omf('type', [], { query: { a: 'b' } })
})

it('an authentication is one object, whoever made it', () => {
  expectTypeOf(negotiate({ service: 'HTTP@pi.lab', delegate: true })).toEqualTypeOf<PiAuth>()
  const own: PiAuth = {
    headers: ({ attempt, challenges }) => ({ authorization: `Ticket ${attempt} ${challenges?.length}` }),
    accepted: (headers, { url }) => Promise.resolve([headers['www-authenticate'], url.host]),
  }
  expectTypeOf(chain(own, basic('me', 'secret'))).toEqualTypeOf<PiAuth>()
  // @ts-expect-error no such option
  negotiate({ realm: 'LAB' })
})

it('templates know their fields, and fit the bodies of calls', () => {
  void pi.streams.updateValue({ webId: 'I1DP', body: timedValue({ time: 0n, value: 1, good: false }) })
  void pi.dataservers.createPoint({ webId: 'I1DS', body: point({ name: 'a', units: 'm', zero: 0 }) })
  // @ts-expect-error it needs a name
  point({ units: 'm' })
  // @ts-expect-error no such field
  point({ name: 'a', unit: 'm' })
  // @ts-expect-error units are text
  timedValue({ value: 1, units: 5 })
})
