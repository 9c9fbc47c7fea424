// What servers, gateways and balancers do on the wire that a good server does not.
import { constants, type ServerHttp2Stream } from 'node:http2'
import { gzipSync } from 'node:zlib'
import { makeData, makeVector, Table, tableToIPC, TimestampNanosecond } from 'apache-arrow'
import { describe, expect, it, vi } from 'vitest'
import type { BTrDB, ConnectOptions, Stream } from 'node-pvxs/btrdb'
import { bytesOfUuid } from '../../lib-ts/btrdb/uuid.js'
import { clientOf, failure, uuid } from './device.js'
import { framed, good, HEAD, rudeServer, type Answer, type RudeServer } from './rude-server.js'

const RANGE = { from: 0n, to: 1_000_000n }

async function rude(
  answer: Answer | undefined,
  options?: ConnectOptions & { readonly settings?: object },
): Promise<{ server: RudeServer; db: BTrDB; stream: Stream }> {
  const { settings, ...rest } = options ?? {}
  const server = await rudeServer(settings)
  if (answer !== undefined) server.answer = answer
  const db = await clientOf(server, rest)
  return { server, db, stream: db.streamFromUuid(uuid()) }
}

const points = (server: RudeServer, from: number, count: number): Buffer =>
  server.codec.encode('RawValuesAnswer', {
    versionMajor: 7n,
    values: {
      time: BigInt64Array.from({ length: count }, (_, i) => BigInt(from + i)),
      value: Float64Array.from({ length: count }, (_, i) => from + i),
    },
  })

describe('an answer that cannot be read', () => {
  const whole = framed(Buffer.from('1005', 'hex'))
  it.each<[string, Answer]>([
    [
      'without a message',
      (stream) => {
        good(stream)
      },
    ],
    [
      'with two messages for one',
      (stream) => {
        good(stream, Buffer.alloc(0), Buffer.alloc(0))
      },
    ],
    [
      'of bytes that are no message',
      (stream) => {
        good(stream, Buffer.from('0bff', 'hex'))
      },
    ],
    [
      'with a length beyond its end',
      (stream) => {
        good(stream, Buffer.from('0a7f00', 'hex'))
      },
    ],
    [
      'that is cut within a message',
      (stream) => {
        stream.respond(HEAD, { waitForTrailers: true })
        stream.on('wantTrailers', () => {
          stream.sendTrailers({ 'grpc-status': '0' })
        })
        stream.end(whole.subarray(0, 6))
      },
    ],
    [
      'that is compressed without being asked',
      (stream) => {
        stream.respond(HEAD, { waitForTrailers: true })
        stream.on('wantTrailers', () => {
          stream.sendTrailers({ 'grpc-status': '0' })
        })
        stream.end(framed(gzipSync(Buffer.from('1005', 'hex')), 1))
      },
    ],
    [
      'that ends without a status',
      (stream) => {
        stream.respond(HEAD)
        stream.end(whole)
      },
    ],
    [
      'that is a page',
      (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'text/html' })
        stream.end('<html>hello</html>')
      },
    ],
  ])('%s is an error of the server', async (_, answer) => {
    const { db, stream } = await rude(answer, { retry: false })
    const error = await failure(stream.flush({ timeout: 5000 }))
    expect(error).toMatchObject({ code: 'ERR_BTRDB_SERVER', op: 'flush' })
    expect(db.stats).toMatchObject({ running: 0, waiting: 0 })
  })
})

describe('a gateway', () => {
  it.each([
    [401, 'ERR_BTRDB_AUTH', false],
    [403, 'ERR_BTRDB_AUTH', false],
    [404, 'ERR_BTRDB_NOT_SUPPORTED', false],
    [429, 'ERR_BTRDB_UNAVAILABLE', true],
    [502, 'ERR_BTRDB_UNAVAILABLE', true],
    [503, 'ERR_BTRDB_UNAVAILABLE', true],
    [504, 'ERR_BTRDB_UNAVAILABLE', true],
    [500, 'ERR_BTRDB_SERVER', false],
  ])('that answers %d is %s', async (status, code, retryable) => {
    const { stream } = await rude(
      (http) => {
        http.respond({ ':status': status, 'content-type': 'text/html' })
        http.end('<html>no</html>')
      },
      { retry: { attempts: 2, min: 1, max: 2 } },
    )
    expect(await failure(stream.flush())).toMatchObject({ code, retryable })
  })
})

it('reads trailers that come alone, and decodes their text', async () => {
  const { stream } = await rude((http) => {
    http.respond({ ...HEAD, 'grpc-status': '13', 'grpc-message': 'caf%C3%A9 %25' }, { endStream: true })
  })
  const error = await failure(stream.flush())
  expect(error).toMatchObject({ code: 'ERR_BTRDB_SERVER', grpc: 'INTERNAL' })
  expect(error.message).toContain('café %')
})

it('reads answers in any crumbs', async () => {
  const { server, stream } = await rude(undefined)
  server.answer = (http) => {
    http.respond(HEAD, { waitForTrailers: true })
    http.on('wantTrailers', () => {
      http.sendTrailers({ 'grpc-status': '0' })
    })
    for (const byte of Buffer.concat([framed(points(server, 0, 5)), framed(points(server, 5, 5))]))
      http.write(Buffer.of(byte))
    http.end()
  }
  expect([...(await stream.rawValues(RANGE)).value]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

it('reads messages of any size', async () => {
  const { server, stream } = await rude(undefined)
  server.answer = (http) => {
    good(http, points(server, 0, 500_000))
  }
  expect((await stream.rawValues(RANGE)).length).toBe(500_000)
})

it('goes on over a new connection when the server says GOAWAY', async () => {
  const { server, stream } = await rude(undefined)
  server.answer = (http) => {
    good(http, server.codec.encode('FlushAnswer', { versionMajor: 9n }))
    http.session?.goaway(constants.NGHTTP2_NO_ERROR)
  }
  for (let i = 0; i < 5; i++) expect(await stream.flush()).toBe(9n)
  expect(server.sessions.length).toBeGreaterThan(1)
})

it('does not lose a call to a balancer that closes idle connections', async () => {
  const { server, stream } = await rude(undefined)
  server.answer = (http) => {
    good(http, server.codec.encode('FlushAnswer', { versionMajor: 9n }))
  }
  for (const end of ['close', 'destroy', 'close', 'destroy'] as const) {
    server.sessions.at(-1)?.[end]()
    expect(await stream.flush()).toBe(9n)
  }
  expect(server.sessions.length).toBe(5)
})

it('resumes a read whose connection is cut', async () => {
  const { server, stream } = await rude(undefined)
  let calls = 0
  server.answer = (http, request) => {
    const { start } = server.codec.decode('RawValuesRequest', request)
    const cut = ++calls < 4
    http.respond(HEAD, { waitForTrailers: true })
    http.on('wantTrailers', () => {
      http.sendTrailers({ 'grpc-status': '0' })
    })
    http.write(framed(points(server, Number(start), 10)), () => {
      if (cut) setImmediate(() => http.session?.destroy())
    })
    if (!cut) http.end()
  }
  const { value } = await stream.rawValues(RANGE)
  expect([...value]).toEqual(Array.from({ length: value.length }, (_, i) => i))
  expect(calls).toBe(4)
})

it('makes use of a peer that allows few calls at once', async () => {
  const { server, db } = await rude(undefined, { settings: { maxConcurrentStreams: 2 } })
  let running = 0
  let peak = 0
  server.answer = (http) => {
    peak = Math.max(peak, ++running)
    setImmediate(() => {
      running--
      good(http, server.codec.encode('FlushAnswer', { versionMajor: 1n }))
    })
  }
  const streams = Array.from({ length: 30 }, () => db.streamFromUuid(uuid()))
  expect(await Promise.all(streams.map((stream) => stream.flush()))).toHaveLength(30)
  expect(peak).toBeLessThanOrEqual(2)
})

describe('a consumer that takes no more', () => {
  it('of pages stops the server', async () => {
    const { server, stream } = await rude(undefined)
    const sent = flood(server, framed(points(server, 0, 5000)))
    const pages = stream.rawValuesIter(RANGE)
    await pages.next()
    expect((await sent.still()) * 100_000).toBeLessThan(30_000_000)
    await pages.return()
  })

  it('of live points stops the server', async () => {
    const { server, db } = await rude(undefined)
    const id = uuid()
    const time = new TimestampNanosecond('UTC')
    const columns = {
      time: makeVector(makeData({ type: time, data: new BigInt64Array(5000) })),
      value: makeVector(new Float64Array(5000)),
    }
    const arrowBytes = tableToIPC(new Table(columns), 'stream')
    const answer = server.codec.encode('SubscribeAnswer', { uuid: bytesOfUuid(id, ''), arrowBytes })
    const sent = flood(server, framed(answer))
    await using live = db.subscribe([id])
    const items = live[Symbol.asyncIterator]()
    const { value } = await items.next()
    expect(value).toMatchObject({ uuid: id, points: { length: 5000 } })
    expect((await sent.still()) * 80_000).toBeLessThan(30_000_000)
  })
})

/** Answers each call with one page after another, as long as they are taken. */
function flood(server: RudeServer, page: Buffer): { still(): Promise<number> } {
  let sent = 0
  let blocked = false
  const answer = (http: ServerHttp2Stream): void => {
    http.respond(HEAD, { waitForTrailers: true })
    const more = (): void => {
      while (http.write(page)) sent++
      sent++
      blocked = true
    }
    http.on('drain', () => {
      blocked = false
      more()
    })
    more()
  }
  server.answer = answer
  server.open = answer
  return {
    // Until the server's buffers are full and it stands still.
    async still() {
      let last = -1
      await vi.waitUntil(
        () => {
          const still = blocked && sent === last
          last = sent
          return still
        },
        { interval: 100, timeout: 30_000 },
      )
      return sent
    },
  }
}

it('refuses the other call that is named Subscribe', async () => {
  const { server, db } = await rude(undefined)
  server.open = (http) => {
    http.respond(HEAD)
    // Its values stand where a uuid is expected.
    http.write(
      framed(
        Buffer.from(
          `0a00 1212 09${'00'.repeat(8)} 11${'00'.repeat(8)} 1a10${'11'.repeat(16)}`.replaceAll(' ', ''),
          'hex',
        ),
      ),
    )
  }
  const live = db.subscribe([uuid()])
  expect(await failure(live[Symbol.asyncIterator]().next())).toMatchObject({
    code: 'ERR_BTRDB_NOT_SUPPORTED',
  })
})
