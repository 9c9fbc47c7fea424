// History by HTTP, under the retrieval paths of the Archiver Appliance.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ResourceError } from 'node-pvxs'
import { serveHistory, type HistoryServer, type ServeHistoryOptions } from 'node-pvxs/record'
import type { History, Sample, Series } from 'node-pvxs/telemetry'
import { leavesNothing, loopback, rejection, until } from '../unit/fixtures.js'
import { LAB, mode, sample, SECOND, SECONDS0, storeOf, temperature } from './history-store.js'
import { chunksIn } from './raw-reader.js'

leavesNothing()

async function serving(
  store: History,
  options: Partial<ServeHistoryOptions> = {},
): Promise<HistoryServer & { readonly url: string }> {
  const { server } = await loopback({}, { after: onTestFinished })
  const served = await serveHistory(store, { server, http: { port: 0 }, ...options })
  onTestFinished(() => served.close())
  return served as HistoryServer & { readonly url: string }
}
const holding = async (
  samples: readonly Sample[],
  options?: Partial<ServeHistoryOptions>,
): Promise<HistoryServer & { readonly url: string }> =>
  serving(await storeOf(samples, onTestFinished), options)

const iso = (seconds: number): string => new Date((SECONDS0 + seconds) * 1_000).toISOString()
const query = (pv: string, from = iso(0), to = iso(10)): string =>
  new URLSearchParams({ pv, from, to }).toString()

interface Block {
  readonly meta: Record<string, unknown>
  readonly data: readonly { readonly secs: number; readonly nanos: number; readonly val: unknown }[]
}
async function json(url: string): Promise<Block[]> {
  const response = await fetch(url)
  const text = await response.text()
  expect([response.status, response.headers.get('content-type')], text).toEqual([200, 'application/json'])
  return JSON.parse(text) as Block[]
}
const values = (blocks: readonly Block[]): unknown[] => (blocks[0]?.data ?? []).map(({ val }) => val)

describe('getData.json', () => {
  it('gives the samples of a PV, with its units', async () => {
    const { url } = await holding(LAB)
    expect(await json(`${url}/data/getData.json?${query('lab:t', iso(0), iso(2))}`)).toEqual([
      {
        meta: { name: 'lab:t', EGU: 'C' },
        data: [0, 1].map((i) => ({ secs: SECONDS0 + i, val: i, nanos: 0, severity: 0, status: 0 })),
      },
    ])
    const [block] = await json(`${url}/data/getData.json?${query('lab:mode')}`)
    expect(block?.data).toEqual([
      { secs: SECONDS0, val: 0, nanos: 0, severity: 0, status: 0 },
      { secs: SECONDS0 + 4, val: 1, nanos: 0, severity: 2, status: 3 },
      { secs: SECONDS0 + 8, val: null, nanos: 0, severity: 4, status: 0 },
    ])
  })

  it.each([
    ['float32', 0.1, '0.1'],
    ['float64', NaN, '"NaN"'],
    ['float64', -0, '-0'],
    ['int64', 9_007_199_254_740_993n, '9007199254740993'],
    ['uint64', 2n ** 64n - 1n, '18446744073709551615'],
    ['bool', true, 'true'],
    ['string', 'a"b\u0007', '"a\\"b\\u0007"'],
    ['int64[]', BigInt64Array.of(1n, -2n), '[1,-2]'],
    ['float32[]', Float32Array.of(0.1, Infinity), '[0.1,"Infinity"]'],
    ['string[]', ['a', ''], '["a",""]'],
  ] as const)('loses nothing of %s %s', async (type, value, text) => {
    const { url } = await holding([
      sample({ id: 'x', type }, 0, type === 'float32' ? Math.fround(value) : value),
    ])
    const response = await fetch(`${url}/data/getData.json?${query('x')}`)
    expect(await response.text()).toContain(`"val":${text},"nanos"`)
  })

  it('begins with the last sample at or before "from"', async () => {
    const { url } = await holding(LAB)
    expect(values(await json(`${url}/data/getData.json?${query('lab:t', iso(2.5), iso(5))}`))).toEqual([
      2, 3, 4,
    ])
    expect(values(await json(`${url}/data/getData.json?${query('lab:t', iso(2), iso(4))}`))).toEqual([2, 3])
    expect(values(await json(`${url}/data/getData.json?${query('lab:t', iso(99), iso(100))}`))).toEqual([9])
  })

  it('gives the last hour by default', async () => {
    const now = BigInt(Date.now()) * 1_000_000n
    const at = (ago: number): Sample => ({ ...sample(temperature, 0, ago), time: now - BigInt(ago) * SECOND })
    const { url } = await holding([at(9_000), at(5_000), at(60)])
    expect(values(await json(`${url}/data/getData.json?pv=lab:t`))).toEqual([5_000, 60])
  })

  it('takes zones, a plus of which stands for a blank in a query too', async () => {
    const { url } = await holding(LAB)
    const from = '2023-11-15T00:13:22.000+02:00'
    for (const zone of [from, encodeURIComponent(from)])
      expect(values(await json(`${url}/data/getData.json?pv=lab:t&from=${zone}&to=${iso(4)}`))).toEqual([
        2, 3,
      ])
  })

  it('gives operators round a name', async () => {
    const { url } = await holding(LAB)
    const of = async (pv: string): Promise<unknown[]> =>
      values(await json(`${url}/data/getData.json?${query(pv)}`))
    expect(await of('mean_4(lab:t)')).toEqual([1.5, 5.5, 8.5])
    expect(await of('nth_5(lab:t)')).toEqual([0, 5])
    expect(await of('optimized_100(lab:t)')).toHaveLength(10)
    expect((await of('optimized_4(lab:t)'))[0]).toEqual([1.5, Math.sqrt(5 / 3), 0, 3, 4])
    // Text has no mean, so it stays as it is.
    const { url: texts } = await holding([0, 1, 2].map((i) => sample({ id: 's', type: 'string' }, i, `${i}`)))
    expect(values(await json(`${texts}/data/getData.json?${query('optimized_1(s)')}`))).toEqual([
      '0',
      '1',
      '2',
    ])
  })

  it('gives several PVs, and nothing of one that is unknown', async () => {
    const { url } = await holding(LAB)
    const blocks = await json(`${url}/data/getData.json?${query('lab:t')}&pv=lab:u&pv=lab:mode`)
    expect(blocks.map(({ meta }) => meta['name'])).toEqual(['lab:t', 'lab:mode'])
    expect(await json(`${url}/data/getData.json?${query('lab:u')}`)).toEqual([])
    const [before] = await json(`${url}/data/getData.json?pv=lab:t&from=1&to=2`)
    expect(before).toEqual({ meta: { name: 'lab:t', EGU: 'C' }, data: [] })
  })
})

async function raw(url: string): Promise<ReturnType<typeof chunksIn>> {
  const response = await fetch(url)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect([response.status, response.headers.get('content-type')], bytes.toString()).toEqual([
    200,
    'application/x-protobuf',
  ])
  return chunksIn(bytes)
}

describe('getData.raw', () => {
  it('gives a chunk with what it is of and a line for each sample', async () => {
    const { url } = await holding(LAB)
    const second = SECONDS0 - Date.UTC(2023, 0, 1) / 1_000
    expect(await raw(`${url}/data/getData.raw?${query('lab:t', iso(0), iso(2))}`)).toEqual([
      {
        type: 6,
        pv: 'lab:t',
        year: 2023,
        elements: 1,
        headers: [['EGU', 'C']],
        samples: [
          { second, nano: 0, value: 0, severity: 0, status: 0 },
          { second: second + 1, nano: 0, value: 1, severity: 0, status: 0 },
        ],
      },
    ])
    const [chunk] = await raw(`${url}/data/getData.raw?${query('lab:mode')}`)
    expect(chunk?.samples.map(({ value, severity, status }) => [value, severity, status])).toEqual([
      [0, 0, 0],
      [1, 2, 3],
    ])
  })

  it('begins a chunk with each year', async () => {
    const newYear = Date.UTC(2024, 0, 1) / 1_000 - SECONDS0
    const { url } = await holding([-2, -1, 0, 1].map((i) => sample(temperature, newYear + i, i)))
    const chunks = await raw(`${url}/data/getData.raw?${query('lab:t', iso(0), iso(newYear + 9))}`)
    expect(
      chunks.map(({ year, samples }) => [year, samples.map(({ second, value }) => [second, value])]),
    ).toEqual([
      [
        2023,
        [
          [31_535_998, -2],
          [31_535_999, -1],
        ],
      ],
      [
        2024,
        [
          [0, 0],
          [1, 1],
        ],
      ],
    ])
  })

  it.each([
    ['string', 0, 'a\nb\rc\u001bd', 'a\nb\rc\u001bd'],
    ['bool', 1, true, 1],
    ['int8', 4, -7, -7],
    ['uint8', 1, 255, 255],
    ['int16', 1, -32_768, -32_768],
    ['uint16', 5, 65_535, 65_535],
    ['int32', 5, -(2 ** 31), -(2 ** 31)],
    ['uint32', 6, 2 ** 32 - 1, 2 ** 32 - 1],
    ['int64', 6, -5n, -5],
    ['float32', 2, Math.fround(0.1), Math.fround(0.1)],
    ['float64', 6, -0.1, -0.1],
    ['enum', 3, 10, 10],
    ['string[]', 7, ['a', '\n'], ['a', '\n']],
    ['int16[]', 8, Int16Array.of(-1, 300), [-1, 300]],
    ['float32[]', 9, Float32Array.of(0.5), [0.5]],
    ['int8[]', 11, Int8Array.of(10, 13, 27, -1), [10, 13, 27, -1]],
    ['int32[]', 12, Int32Array.of(-1, 2 ** 31 - 1), [-1, 2 ** 31 - 1]],
    ['float64[]', 13, Float64Array.of(1e300, -0.5), [1e300, -0.5]],
    ['uint64[]', 13, BigUint64Array.of(7n), [7]],
    ['float64[]', 13, new Float64Array(0), []],
  ] as const)('gives %s as type %i', async (type, number, value, seen) => {
    const { url } = await holding([sample({ id: 'x', type }, 0, value)])
    const [chunk] = await raw(`${url}/data/getData.raw?${query('x')}`)
    expect(chunk).toMatchObject({ type: number, samples: [{ value: seen }] })
  })

  it('says no value by NaN and severity 4 where a value is a float', async () => {
    const { url } = await holding([sample(temperature, 0, null, { severity: 4 })])
    const [chunk] = await raw(`${url}/data/getData.raw?${query('lab:t')}`)
    expect(chunk?.samples).toMatchObject([{ value: NaN, severity: 4 }])
  })

  it('says what a PV is also without a sample, and refuses one that is unknown', async () => {
    const { url } = await holding(LAB)
    const chunks = await raw(`${url}/data/getData.raw?pv=lab:mode&from=1&to=2`)
    expect(chunks).toMatchObject([{ pv: 'lab:mode', type: 3, samples: [] }])
    const response = await fetch(`${url}/data/getData.raw?${query('lab:u')}`)
    expect([response.status, await response.text()]).toEqual([
      404,
      'unknown PV "lab:u": the store has nothing of it\n',
    ])
  })
})

describe('the other paths', () => {
  it.each([
    ['pv=lab:*', ['lab:mode', 'lab:t']],
    ['regex=lab:.%2B', ['lab:mode', 'lab:t']],
    ['pv=*&limit=1', ['lab:mode']],
    ['pv=*&limit=-1', ['lab:mode', 'lab:t']],
    ['pv=x', []],
  ])('getMatchingPVs?%s', async (search, names) => {
    const { url } = await holding(LAB)
    expect(await (await fetch(`${url}/bpl/getMatchingPVs?${search}`)).json()).toEqual(names)
  })

  it('getDataAtTime gives the state of the PVs that have one', async () => {
    const { url } = await holding(LAB)
    const response = await fetch(`${url}/data/getDataAtTime?at=${iso(4.5)}`, {
      method: 'POST',
      body: JSON.stringify(['lab:t', 'lab:u', 'lab:mode']),
    })
    expect(await response.json()).toEqual({
      'lab:t': { secs: SECONDS0 + 4, val: 4, nanos: 0, severity: 0, status: 0 },
      'lab:mode': { secs: SECONDS0 + 4, val: 1, nanos: 0, severity: 2, status: 3 },
    })
  })
})

describe('what is asked wrong', () => {
  it.each([
    ['GET', '/data/getData.json', 400, '"pv" is missing'],
    ['GET', '/data/getData.json?pv=', 400, '"pv" is the name of a PV'],
    ['GET', '/data/getData.json?pv=lab:t&from=yesterday', 400, '"from" is a time'],
    ['GET', '/data/getData.raw?pv=lab:t&to=then', 400, '"to" is a time'],
    ['GET', '/data/getData.raw?pv=lab:t&from=200&to=100', 400, '"to" is before "from"'],
    ['GET', '/data/getData.json?pv=meen_60(lab:t)', 400, 'unknown operator meen'],
    ['GET', '/data/getData.json?pv=nth(lab:t)', 400, 'nth has a number'],
    ['GET', '/bpl/getMatchingPVs', 400, '"pv" (a glob) or "regex" is missing'],
    ['GET', '/bpl/getMatchingPVs?regex=(', 400, '"regex" is not a regular expression'],
    ['GET', '/bpl/getMatchingPVs?pv=*&limit=0', 400, '"limit" is a whole number'],
    ['GET', '/data/getData.svg?pv=lab:t', 404, 'there is nothing at'],
    ['POST', '/data/getData.json?pv=lab:t', 405, 'takes GET'],
    ['GET', '/data/getDataAtTime', 405, 'takes POST'],
    ['POST', '/data/getDataAtTime?at=then', 400, '"at" is a time'],
    ['POST', '/data/getDataAtTime', 400, 'the body is not JSON'],
  ])('%s %s', async (method, path, status, text) => {
    const { url } = await holding(LAB)
    const response = await fetch(`${url}${path}`, { method })
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)])
    if (status === 405) expect(response.headers.get('allow')).toMatch(/^(GET|POST)$/)
  })

  it.each(['{}', '[]', '[5]', '"lab:t"', '[""]'])('a body that is %s', async (body) => {
    const { url } = await holding(LAB)
    const response = await fetch(`${url}/data/getDataAtTime`, { method: 'POST', body })
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('list of names')])
  })

  it('is a path outside of /retrieval/', async () => {
    const { url } = await holding(LAB)
    expect((await fetch(url.replace('/retrieval', '/elsewhere'))).status).toBe(404)
  })

  it('is a body of 40 MB, which is not read', async () => {
    const { url } = await holding(LAB)
    const { socket, text } = talk(url)
    socket.write(
      'POST /retrieval/data/getDataAtTime HTTP/1.1\r\nhost: x\r\ncontent-length: 40000000\r\n\r\n[',
    )
    await once(socket, 'close')
    expect(text()).toMatch(/^HTTP\/1.1 413 /)
  })

  it('is a body without a length that grows above the limit', async () => {
    const { url } = await holding(LAB)
    const { socket, text } = talk(url)
    socket.write(
      'POST /retrieval/data/getDataAtTime HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n',
    )
    const part = `10000\r\n${' '.repeat(0x10000)}\r\n`
    for (let i = 0; i < 17; i++) socket.write(part)
    await once(socket, 'close')
    expect(text()).toMatch(/^HTTP\/1.1 413 /)
  })

  it('is more than "maxSamples"', async () => {
    const { url } = await holding(LAB, { maxSamples: 5 })
    for (const format of ['json', 'raw']) {
      const response = await fetch(`${url}/data/getData.${format}?${query('lab:t')}`)
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining('more than 5 samples'),
      ])
    }
    expect(values(await json(`${url}/data/getData.json?${query('lab:t', iso(4.5), iso(10))}`))).toEqual([
      4, 5, 6, 7, 8, 9,
    ])
  })
})

/** A connection, and what came over it. */
function talk(url: string): { readonly socket: Socket; readonly text: () => string } {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.setEncoding('latin1').on('data', (part: string) => (text += part))
  socket.on('error', () => undefined) // the server may cut it
  onTestFinished(() => {
    socket.destroy()
  })
  return { socket, text: () => text }
}

/** A store that has samples without end, or as many as told, and says how many it gave. */
class EndlessStore implements History {
  given = 0
  open = 0
  readonly #fault: Error | undefined
  readonly #count: number

  constructor(count = Infinity, fault?: Error) {
    this.#count = count
    this.#fault = fault
  }

  async *read(): AsyncGenerator<Sample[]> {
    this.open++
    try {
      while (this.given < this.#count) {
        yield Array.from({ length: 1_000 }, () => sample(temperature, this.given++, this.given))
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (this.#fault !== undefined) throw this.#fault
    } finally {
      this.open--
    }
  }
  async *windows(): AsyncGenerator<never> {}
  at(ids: readonly string[]): Promise<(Sample | null)[]> {
    return Promise.resolve(ids.map(() => null))
  }
  // eslint-disable-next-line @typescript-eslint/require-await -- nothing to wait for
  async *find(): AsyncGenerator<Series> {
    yield mode
  }
}

describe('a server', () => {
  it('reads no faster than its client, and ends the read of one that goes away', async () => {
    const store = new EndlessStore()
    const { url } = await serving(store, { maxSamples: Number.MAX_SAFE_INTEGER })
    const { socket } = talk(url)
    socket.write('GET /retrieval/data/getData.json?pv=lab:t HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'data')
    socket.pause()
    // It stands still when the buffers of both ends are full.
    let before = -1
    while (store.given !== before) {
      before = store.given
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(store.open).toBe(1)
    socket.destroy()
    await until(() => store.open === 0, 'the read ends')
  })

  it('cuts off a client that takes nothing', async () => {
    const store = new EndlessStore()
    const { url } = await serving(store, { maxSamples: Number.MAX_SAFE_INTEGER, timeout: 500 })
    const { socket } = talk(url)
    socket.write('GET /retrieval/data/getData.raw?pv=lab:t HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'data')
    socket.pause()
    await until(() => store.open === 0, 'the read ends')
  })

  it('says so when a store does not answer in time', async () => {
    const store = new EndlessStore()
    store.at = () => new Promise(() => undefined)
    const { url } = await serving(store, { timeout: 50 })
    const response = await fetch(`${url}/data/getData.json?pv=x`)
    expect([response.status, await response.text()]).toEqual([504, 'nothing went on for 50 ms\n'])
  })

  it('says why a store cannot be read, or cuts the answer that has begun', async () => {
    const fault = new Error('the disk is gone')
    const { url } = await serving(new EndlessStore(2_000, fault))
    const response = await fetch(`${url}/data/getData.json?pv=lab:t`)
    expect([response.status, await response.text()]).toEqual([
      500,
      'the store cannot be read: the disk is gone\n',
    ])
    const { url: large } = await serving(new EndlessStore(200_000, fault))
    const begun = await fetch(`${large}/data/getData.json?pv=lab:t`)
    expect(begun.status).toBe(200)
    await rejection(begun.text())
  })

  it('cuts an answer that grows beyond "maxSamples" after it has begun', async () => {
    const store = new EndlessStore()
    const { url } = await serving(store, { maxSamples: 200_000 })
    const begun = await fetch(`${url}/data/getData.json?pv=lab:t`)
    await rejection(begun.text())
    await until(() => store.open === 0, 'the read ends')
  })

  it('ends what it answers when it closes', async () => {
    const store = new EndlessStore()
    const served = await serving(store, { maxSamples: Number.MAX_SAFE_INTEGER })
    const begun = await fetch(`${served.url}/data/getData.json?pv=lab:t`)
    const read = rejection(begun.text())
    await served.close()
    await read
    await until(() => store.open === 0, 'the read ends')
  })

  it('says that its port is taken', async () => {
    const { port } = await holding(LAB)
    const { server } = await loopback({}, { after: onTestFinished })
    const store = await storeOf(LAB, onTestFinished)
    const error = await rejection(serveHistory(store, { server, http: { port: port as number } }))
    expect(error).toBeInstanceOf(ResourceError)
    expect(error.message).toContain(`port ${String(port)} of 127.0.0.1 is taken`)
  })
})
