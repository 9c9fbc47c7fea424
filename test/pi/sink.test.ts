// Samples into points.
import { describe, expect, it } from 'vitest'
import { basic, bearer, type PiSinkOptions } from 'node-pvxs/pi'
import { Batcher, type Sample, type Series, type SinkError } from 'node-pvxs/telemetry'
import type { PiSimulator, SimulatedAnswer } from 'node-pvxs/testing'
import { plant } from './plant.js'

const S = 1_000_000_000n
const T0 = 1_700_000_000n * S

const sinusoid: Series = { id: 'sinusoid', type: 'float64' }
const sampleOf = (series: Series, i: number, value: Sample['value'], more: Partial<Sample> = {}): Sample => ({
  series,
  time: T0 + BigInt(i) * S,
  value,
  severity: 0,
  ...more,
})
/** What is in the archive from T0 on: a point begins with an event of now. */
const written = (sim: PiSimulator, ref: string): unknown[] =>
  sim
    .events(ref)
    .filter(({ time }) => time < T0 + 1_000_000n * S)
    .map(({ value }) => (typeof value === 'object' && value !== null ? value.Name : value))
const posts = (sim: PiSimulator, path: RegExp): { url: string; body: unknown }[] =>
  sim.requests.filter((request) => request.verb === 'POST' && path.test(request.path))
const failing = (work: Promise<unknown>): Promise<SinkError> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as SinkError,
  )

describe('write', () => {
  it('sends one request, streams together, values in the order of the batch, times cut to 100 ns', async () => {
    const { pi, sim } = await plant({ points: { a: {}, b: {} } })
    const a: Series = { id: 'a', type: 'float64' }
    const b: Series = { id: 'b', type: 'int32' }
    const batch = [sampleOf(a, 2, 1), sampleOf(b, 0, 7), { ...sampleOf(a, 1, 2), time: T0 + 199n }]
    expect(await pi.sink().write(batch)).toEqual({ written: 3, rejected: [] })
    const [only, ...more] = posts(sim, /recorded/)
    expect(more).toEqual([])
    expect(only?.url).toContain('updateOption=Replace&bufferOption=BufferIfPossible')
    expect(
      (only?.body as { Items: { Timestamp: string; Value: unknown }[] }[]).map(({ Items }) => Items),
    ).toEqual([
      [
        { Timestamp: '2023-11-14T22:13:22.0000000Z', Value: 1 },
        { Timestamp: '2023-11-14T22:13:20.0000001Z', Value: 2 },
      ],
      [{ Timestamp: '2023-11-14T22:13:20.0000000Z', Value: 7 }],
    ])
    expect(sim.events('a')[0]).toMatchObject({ time: T0 + 100n, value: 2 })
  })

  it('sends one request per maxValues, and looks up once', async () => {
    const { pi, sim } = await plant()
    const sink = pi.sink({ maxValues: 10 })
    const batch = Array.from({ length: 25 }, (_, i) => sampleOf(sinusoid, i, i))
    expect(await sink.write(batch)).toEqual({ written: 25, rejected: [] })
    await sink.write(batch)
    expect(posts(sim, /recorded/)).toHaveLength(6)
    expect(sim.requests.filter(({ path }) => path.includes('multiple'))).toHaveLength(1)
    expect(written(sim, 'sinusoid')).toEqual(Array.from({ length: 25 }, (_, i) => i))
  })

  it('takes all options to the server', async () => {
    const { pi, sim } = await plant()
    const sink = pi.sink({ updateOption: 'NoReplace', bufferOption: 'DoNotBuffer' })
    expect(await sink.write([sampleOf(sinusoid, 0, 1)])).toEqual({ written: 1, rejected: [] })
    const second = await sink.write([sampleOf(sinusoid, 1, 2), sampleOf(sinusoid, 0, 9)])
    expect(second.rejected).toEqual([{ index: 1, reason: expect.stringMatching(/already/) as string }])
    expect(second.written).toBe(1)
    expect(written(sim, 'sinusoid')).toEqual([1, 2])
  })

  it('gives what the server refuses its place in the batch, beyond maxValues too', async () => {
    const { pi, sim } = await plant({ points: { n: { type: 'Int16' }, m: { type: 'Int16' } } })
    const n: Series = { id: 'n', type: 'int32' }
    const m: Series = { id: 'm', type: 'int32' }
    const batch = [1, 70_000, 3, 4, -70_000, 6].map((value, i) => sampleOf(i % 2 === 0 ? n : m, i, value))
    const { rejected } = await pi.sink({ maxValues: 4 }).write(batch)
    expect(rejected.map(({ index }) => index)).toEqual([1, 4])
    for (const { reason } of rejected) expect(reason).toMatch(/does not fit Int16/)
    expect([...written(sim, 'n'), ...written(sim, 'm')]).toEqual([1, 3, 4, 6])
  })

  it('maps severities to the qualities of PI, or leaves them out', async () => {
    const { pi, sim } = await plant()
    const batch = ([0, 1, 2, 3, 4] as const).map((severity) => sampleOf(sinusoid, severity, 1, { severity }))
    await pi.sink().write(batch)
    const qualities = (): boolean[][] =>
      sim
        .events('sinusoid')
        .slice(0, 5)
        .map(({ good, questionable }) => [good, questionable])
    expect(qualities()).toEqual([
      [true, false],
      [true, true],
      [true, true],
      [false, false],
      [false, false],
    ])
    await pi.sink({ quality: 'none' }).write(batch)
    expect(qualities()).toEqual(Array.from({ length: 5 }, () => [true, false]))
    expect(JSON.stringify(sim.requests.at(-1)?.body)).not.toMatch(/Good|Questionable/)
  })

  it('writes an enum as its state, its label or its index, by the type of the point', async () => {
    const { pi, sim } = await plant({
      points: { d: { digitalSet: 'Modes' }, s: { type: 'String' }, n: { type: 'Int32' } },
    })
    const choices = ['Off', 'On']
    const batch = ['d', 's', 'n'].map((id) => sampleOf({ id, type: 'enum', choices }, 0, 1))
    const wrong = sampleOf({ id: 's', type: 'enum', choices }, 1, 5)
    const { rejected } = await pi.sink().write([...batch, wrong])
    expect(rejected).toMatchObject([
      { index: 3, reason: expect.stringMatching(/5 is not one of the 2 choices/) as string },
    ])
    expect(['d', 's', 'n'].flatMap((id) => written(sim, id))).toEqual(['On', 'On', 1])
  })

  it('writes booleans as 1 and 0, and 64-bit integers up to 2^53', async () => {
    const { pi, sim } = await plant()
    const big: Series = { ...sinusoid, type: 'int64' }
    const flag: Series = { ...sinusoid, type: 'bool' }
    const edge = 2n ** 53n
    const batch = [true, false].map((value, i) => sampleOf(flag, i, value))
    batch.push(...[edge, -edge, edge + 1n, -edge - 1n].map((value, i) => sampleOf(big, 2 + i, value)))
    const { rejected } = await pi.sink().write(batch)
    expect(rejected.map(({ index, reason }) => [index, /2\^53/.test(reason)])).toEqual([
      [4, true],
      [5, true],
    ])
    expect(written(sim, 'sinusoid')).toEqual([1, 0, Number(edge), -Number(edge)])
  })

  it.each([NaN, Infinity, -Infinity])('refuses %s with a reason', async (value) => {
    const { pi, sim } = await plant()
    const { rejected } = await pi.sink().write([sampleOf(sinusoid, 0, value)])
    expect(rejected).toEqual([{ index: 0, reason: `PI cannot hold ${value}` }])
    expect(sim.requests).toEqual([])
  })

  it('refuses arrays and samples without a value, and makes no point for them', async () => {
    const { pi, sim } = await plant()
    const wave: Series = { id: 'wave', type: 'float64[]' }
    const { written: count, rejected } = await pi
      .sink({ create: true })
      .write([sampleOf(wave, 0, new Float64Array(2)), sampleOf({ id: 'x', type: 'float64' }, 0, null)])
    expect(count).toBe(0)
    expect(rejected.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("arrays: 'stats'"),
      expect.stringContaining('option "missing"'),
    ])
    expect(sim.requests).toEqual([])
  })

  it('writes a state of the system where a value is missing, also to points of text', async () => {
    const { pi, sim } = await plant({ points: { n: {}, s: { type: 'String' } } })
    const sink = pi.sink({ missing: { state: 'I/O Timeout' } })
    const lost = { severity: 4 } as const
    const batch = [
      sampleOf({ id: 'n', type: 'float64' }, 0, null, lost),
      sampleOf({ id: 's', type: 'string' }, 0, null, lost),
    ]
    expect(await sink.write(batch)).toEqual({ written: 2, rejected: [] })
    for (const id of ['n', 's'])
      expect(sim.events(id)[0]).toMatchObject({ value: { Name: 'I/O Timeout', IsSystem: true }, good: false })
  })
})

describe('the point of a series', () => {
  it('is the tag of its id, with what PI refuses as an underscore', async () => {
    const { pi, sim } = await plant({ points: { 'SR:C01_BPM:1_X-I': {}, a_b_c_d_e_f_g_h_i: {} } })
    const batch = ['SR:C01{BPM:1}X-I', "a*b'c?d;e[f]g|h`i"].map((id) =>
      sampleOf({ id, type: 'float64' }, 0, 1),
    )
    expect(await pi.sink().write(batch)).toEqual({ written: 2, rejected: [] })
    expect(written(sim, 'SR:C01_BPM:1_X-I')).toEqual([1])
    const back: Sample[] = []
    for await (const page of pi.history().read('SR:C01{BPM:1}X-I', { from: T0, to: T0 + S }))
      back.push(...page)
    expect(back).toMatchObject([{ value: 1, series: { id: 'SR:C01{BPM:1}X-I' } }])
  })

  it('is refused for both of two that meet, by their names, in one batch and later', async () => {
    const { pi } = await plant({ points: { a_b: {}, sinusoid: {} } })
    const sink = pi.sink({ create: true })
    const [one, two, three] = ['a{b', 'a}b', 'A_B'].map((id): Series => ({ id, type: 'float64' })) as [
      Series,
      Series,
      Series,
    ]
    expect(await sink.write([sampleOf(one, 0, 1)])).toEqual({ written: 1, rejected: [] })
    const { rejected, written: count } = await sink.write([
      sampleOf(two, 0, 1),
      sampleOf(sinusoid, 0, 1),
      sampleOf(one, 1, 1),
    ])
    expect(count).toBe(1)
    expect(rejected.map(({ index }) => index)).toEqual([0, 2])
    for (const { reason } of rejected) expect(reason).toMatch(/"a\{b" and "a\}b" meet/)
    expect((await sink.write([sampleOf(three, 0, 1)])).rejected[0]?.reason).toMatch(/"A_B"/)
  })

  it('is what option point says: a tag, a path, an attribute, a WebID', async () => {
    const { pi, sim } = await plant()
    const [found] = await pi.resolve(['mode'])
    const webId = found?.status === 'fulfilled' ? found.value.webId : ''
    const refs = ['//PISRV/sinusoid', '//AFSRV/Plant/Pump1|Flow', webId, undefined]
    const point: PiSinkOptions['point'] = ({ id }) => refs[Number(id)]
    const batch = [0, 1, 2, 3].map((i) => sampleOf({ id: String(i), type: 'int32' }, 0, 1))
    const { rejected } = await pi.sink({ point }).write(batch)
    expect(rejected).toEqual([
      { index: 3, reason: expect.stringMatching(/^no such point.*PISRV\\3/) as string },
    ])
    expect([
      ...written(sim, 'sinusoid'),
      ...written(sim, 'Plant/Pump1|Flow'),
      ...written(sim, 'mode'),
    ]).toEqual([1, 1, 'On'])
  })

  it('is told with its reason when option point fails or gives what is no reference', async () => {
    const { pi } = await plant()
    const fails = pi.sink({
      point: () => {
        throw new Error('no map')
      },
    })
    expect((await fails.write([sampleOf(sinusoid, 0, 1)])).rejected[0]?.reason).toMatch(/no map/)
    const wrong = pi.sink({ point: () => '\\\\AFSRV\\Plant\\Pump1' })
    expect((await wrong.write([sampleOf(sinusoid, 0, 1)])).rejected[0]?.reason).toMatch(/path of an element/)
  })

  it('that was removed and made anew is looked up once more, and is refused when it is gone', async () => {
    const { pi, sim } = await plant()
    const sink = pi.sink()
    await sink.write([sampleOf(sinusoid, 0, 1)])
    const remove = async (): Promise<void> => {
      const { WebId } = await pi.points.getByPath({ path: '\\\\PISRV\\sinusoid' })
      await pi.points.delete({ webId: WebId })
    }
    await remove()
    sim.addPoint('sinusoid')
    const mode: Series = { id: 'mode', type: 'enum', choices: ['Off', 'On'] }
    expect(await sink.write([sampleOf(mode, 0, 1), sampleOf(sinusoid, 1, 2)])).toEqual({
      written: 2,
      rejected: [],
    })
    expect(written(sim, 'sinusoid')).toEqual([2])
    await remove()
    expect(await sink.write([sampleOf(mode, 1, 1), sampleOf(sinusoid, 1, 2)])).toEqual({
      written: 1,
      rejected: [{ index: 1, reason: expect.stringMatching(/^no such point/) as string }],
    })
  })
})

describe('failures of a whole request', () => {
  const answering = async (answer: SimulatedAnswer): Promise<SinkError> => {
    const { pi, sim } = await plant()
    sim.intercept(({ path }) => (path === 'streamsets/recorded' ? answer : undefined))
    return failing(pi.sink().write([sampleOf(sinusoid, 0, 1)]))
  }
  const errors = { Errors: ['what the server says'] }

  it.each([
    [
      { status: 400, body: errors },
      { code: 'ERR_PI_HTTP', retryable: false, split: false },
    ],
    [
      { status: 403, body: errors },
      { code: 'ERR_PI_FORBIDDEN', retryable: false, split: false },
    ],
    [
      { status: 404, body: errors },
      { code: 'ERR_PI_HTTP', retryable: false, split: false },
    ],
    [
      { status: 409, body: errors },
      { code: 'ERR_PI_HTTP', retryable: false, split: false },
    ],
    [
      { status: 413, body: '<title>Too large</title>' },
      { retryable: false, split: true },
    ],
    [
      { status: 414, body: '' },
      { retryable: false, split: true },
    ],
    [
      { status: 401, body: errors },
      { code: 'ERR_PI_AUTH', retryable: true, split: false },
    ],
    [
      { status: 429, body: errors, headers: { 'retry-after': '3' } },
      { retryable: true, retryAfter: 3000 },
    ],
    [{ status: 500, body: errors }, { retryable: true }],
    [
      { status: 503, body: errors, headers: { 'retry-after': '2' } },
      { retryable: true, retryAfter: 2000 },
    ],
    [
      { status: 200, body: { WebException: { StatusCode: 502, Errors: ['x'] } } },
      { code: 'ERR_PI_RESPONSE', retryable: true },
    ],
    [{ status: 200, body: { WebException: { StatusCode: 400, Errors: ['x'] } } }, { retryable: false }],
    [
      { status: 200, body: '<html>log in</html>' },
      { code: 'ERR_PI_RESPONSE', retryable: true },
    ],
    [
      { status: 207, body: { Items: [] } },
      { code: 'ERR_PI_RESPONSE', split: true },
    ],
    [{ status: 204, cutAfter: 0 }, { retryable: true }],
  ])('say what a Batcher may do: %j', async (answer, expected) => {
    const error = await answering(answer)
    expect(error.name).toBe('SinkError')
    expect(error).toMatchObject(expected)
  })

  it('takes the date that Retry-After may be', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString()
    const { retryAfter } = await answering({ status: 503, headers: { 'retry-after': date } })
    expect(retryAfter).toBeGreaterThan(50_000)
    expect(retryAfter).toBeLessThanOrEqual(60_000)
  })

  it('are retryable while the server is away', async () => {
    const { pi, sim } = await plant()
    const sink = pi.sink()
    await sim.stop()
    expect(await failing(sink.write([sampleOf(sinusoid, 0, 1)]))).toMatchObject({
      code: 'ERR_PI_NETWORK',
      retryable: true,
    })
    await sim.start()
    expect(await sink.write([sampleOf(sinusoid, 0, 1)])).toEqual({ written: 1, rejected: [] })
  })

  it('ask for a fresh token once', async () => {
    let token = 'old'
    const { pi } = await plant(
      { auth: { token: 'new' } },
      { auth: bearer(({ refresh }) => (refresh ? (token = 'new') : token)) },
    )
    expect(await pi.sink().write([sampleOf(sinusoid, 0, 1)])).toEqual({ written: 1, rejected: [] })
    const wrong = await plant({ auth: { user: 'u', password: 'p' } }, { auth: basic('u', 'wrong') })
    expect(await failing(wrong.pi.sink().write([sampleOf(sinusoid, 0, 1)]))).toMatchObject({
      code: 'ERR_PI_AUTH',
      retryable: true,
    })
  })

  it('leave the archive as if written once, wherever the answer was lost', async () => {
    const { pi, sim } = await plant({ points: { a: {}, b: {} } })
    const sink = pi.sink({ create: true, maxValues: 7 })
    const batch = Array.from({ length: 30 }, (_, i) =>
      sampleOf({ id: i % 2 === 0 ? 'a' : 'made', type: 'int32' }, i, i),
    )
    let fault = 0
    let seen = 0
    sim.intercept(({ verb }) => {
      if (verb !== 'POST' || seen++ !== fault) return undefined
      // The request is done, and its answer is not heard.
      setImmediate(() => sim.dropSockets())
      return undefined
    })
    for (fault = 0; fault < 8; fault++) {
      seen = 0
      for (let done = false; !done;)
        done = await sink.write(batch).then(
          ({ written: count }) => count === 30,
          (error: unknown) => {
            expect(error).toMatchObject({ retryable: true })
            return false
          },
        )
    }
    expect(written(sim, 'a')).toEqual(batch.filter((_, i) => i % 2 === 0).map(({ value }) => value))
    expect(written(sim, 'made')).toEqual(batch.filter((_, i) => i % 2 === 1).map(({ value }) => value))
  })

  it('end with the reason of the signal, and the batches beside go on', async () => {
    const { pi, sim } = await plant()
    const sink = pi.sink({ create: true })
    const controller = new AbortController()
    const fresh: Series = { id: 'fresh', type: 'float64' }
    sim.intercept(({ path }) => {
      if (path.endsWith('/points')) controller.abort(new Error('enough'))
      return undefined
    })
    const first = sink.write([sampleOf(fresh, 0, 1)], { signal: controller.signal })
    const second = sink.write([sampleOf(fresh, 1, 2)])
    await expect(first).rejects.toThrow('enough')
    expect(await second).toEqual({ written: 1, rejected: [] })
    expect(written(sim, 'fresh')).toEqual([2])
  })

  it('of somebody else who looked the same point up end nobody but them', async () => {
    const { pi, sim } = await plant()
    const controller = new AbortController()
    sim.intercept(({ path }) => {
      if (path.endsWith('/multiple')) controller.abort(new Error('enough'))
      return undefined
    })
    const value = pi.value('sinusoid', { signal: controller.signal })
    const beside = pi.sink().write([sampleOf(sinusoid, 0, 1)])
    await expect(value).rejects.toThrow('enough')
    expect(await beside).toEqual({ written: 1, rejected: [] })
  })

  it('of a data server that is away are not taken for a point that is not there', async () => {
    const { pi, sim } = await plant()
    let away = true
    sim.intercept(({ path }) => {
      const exception = { StatusCode: 503, Errors: ['The PI Data Archive is not available.'] }
      const item = { Identifier: '\\\\PISRV\\sinusoid', Object: null, WebException: exception }
      return away && path.endsWith('/multiple') ? { status: 207, body: { Items: [item] } } : undefined
    })
    const sink = pi.sink({ create: true })
    const error = await failing(sink.write([sampleOf(sinusoid, 0, 1)]))
    expect(error).toMatchObject({ code: 'ERR_PI_HTTP', retryable: true })
    expect(error.message).toMatch(/not available/)
    away = false
    expect(await sink.write([sampleOf(sinusoid, 0, 1)])).toEqual({ written: 1, rejected: [] })
  })

  it('for their size come whole through a Batcher, in halves', async () => {
    const { pi, sim } = await plant()
    sim.intercept(({ path, body }) =>
      path === 'streamsets/recorded' && JSON.stringify(body).length > 3000 ? { status: 413 } : undefined,
    )
    const batcher = new Batcher(pi.sink(), { maxItems: 1000, linger: 0 })
    const batch = Array.from({ length: 1000 }, (_, i) => sampleOf(sinusoid, i, i))
    await batcher.push(batch)
    await batcher.close()
    expect(batcher.stats).toMatchObject({ written: 1000, rejected: 0, retried: 0 })
    expect(written(sim, 'sinusoid')).toEqual(batch.map(({ value }) => value))
  })

  it('a closed sink and a closed client take nothing', async () => {
    const { pi } = await plant()
    const sink = pi.sink()
    await sink.close()
    expect(await failing(sink.write([sampleOf(sinusoid, 0, 1)]))).toMatchObject({
      code: 'ERR_PI_CLOSED',
      retryable: false,
    })
    const other = pi.sink()
    await pi.close()
    expect(await failing(other.write([sampleOf(sinusoid, 0, 1)]))).toMatchObject({
      code: 'ERR_PI_CLOSED',
      retryable: false,
    })
  })
})

it.each([
  { updateOption: 'replace' },
  { updateOption: 'Remove' },
  { bufferOption: 'Never' },
  { missing: 'No Data' },
  { missing: { state: '' } },
  { quality: 'all' },
  { maxValues: 0 },
  { create: 'yes' },
  { point: 'tag' },
  { points: {} },
])('refuses the options %j', async (options) => {
  const { pi } = await plant()
  const key = Object.keys(options)[0] as string
  expect(() => pi.sink(options as never)).toThrow(
    expect.objectContaining({
      code: 'ERR_PI_ARGUMENT',
      message: expect.stringContaining(key) as string,
    }) as Error,
  )
})
