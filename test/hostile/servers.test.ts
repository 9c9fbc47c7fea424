// L. Servers that do everything right until an operation begins, and then something that no server does.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Context, debug, NTScalar, RemoteError, setLogger, SharedPV } from 'node-pvxs'
import { leavesNothing, loopback, rejection, until } from '../unit/fixtures.js'
import {
  Command,
  INT32_TYPE,
  message,
  OK,
  ScriptedServer,
  STRING_TYPE,
  text,
  u32,
  type Request,
} from './scripted.js'

leavesNothing()
beforeAll(() => setLogger(() => undefined)) // what they do is logged
afterAll(() => setLogger(null))

const alone = { useEnv: false, addressList: [], autoAddressList: false, interfaces: ['127.0.0.1'] }
const INIT = 8
const TIMEOUT = 'ERR_PVA_TIMEOUT'

type Answer = (request: Request, send: (data: Buffer) => void) => void

const reply = ({ command, ioid, subcommand }: Request, ...rest: (number | Buffer)[]): Buffer =>
  message(command, u32(ioid), subcommand, ...rest)
const i32 = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer)
/** The whole structure changed, to this. */
const value = (n: number): Buffer => Buffer.concat([Buffer.from([1, 1]), i32(n)])
const nested = (depth: number): Buffer =>
  Buffer.concat([...Array.from({ length: depth }, () => Buffer.concat([Buffer.from([0x80, 0, 1]), text('a')])), Buffer.from([0x22])]) // prettier-ignore

/** Answers INIT as it should be, and everything after it by `execute`. */
const afterInit =
  (execute: Answer): Answer =>
  (request, send) => {
    if (request.command === Command.Info || (request.subcommand & INIT) === 0) execute(request, send)
    else send(reply(request, OK, ...(request.command === Command.Rpc ? [] : [INT32_TYPE])))
  }
/** Answers INIT by this. */
const init =
  (...rest: (number | Buffer)[]): Answer =>
  (request, send) => {
    send(reply(request, OK, ...rest))
  }
const proper = afterInit((request, send) => {
  if (request.command === Command.Get) send(reply(request, OK, value(5)))
  else if (request.command === Command.Put) send(reply(request, OK))
  else if (request.command === Command.Rpc) send(reply(request, OK, INT32_TYPE, i32(5)))
  else if (request.command === Command.Info) send(message(Command.Info, u32(request.ioid), OK, INT32_TYPE))
})

it('one that does nothing wrong is understood', async () => {
  await using server = await ScriptedServer.start(proper)
  await using ctx = new Context(alone)
  const options = { server: server.address }
  expect((await ctx.get('x', options)).value).toBe(5)
  await ctx.put('x', 5, options)
  expect((await ctx.rpc('x', {}, options))?.value).toBe(5)
  expect((await ctx.info('x', options)).members).toHaveLength(1)
})

describe('a get from a server that', () => {
  // what comes of the get: a value, or a code
  const cases: Readonly<Record<string, readonly [Answer, number | RegExp]>> = {
    'answers twice': [
      afterInit((request, send) => {
        send(Buffer.concat([reply(request, OK, value(5)), reply(request, OK, value(6))]))
      }),
      5,
    ],
    'answers INIT twice': [
      (request, send) => {
        const answer =
          request.subcommand & INIT ? reply(request, OK, INT32_TYPE) : reply(request, OK, value(5))
        send(answer)
        if (request.subcommand & INIT) send(answer)
      },
      /TIMEOUT/,
    ],
    'names no type': [init(0xff), /REMOTE/],
    'names a type that nests 21 deep': [init(nested(21)), /TIMEOUT/],
    'names a type that nests 25 deep': [init(nested(25)), /TIMEOUT/],
    'names a type it has not defined': [init(0xfe, 7, 0), /TIMEOUT/],
    'names a type with a field of no name': [init(0x80, 0, 1, 0, 0x22), /TIMEOUT/],
    'names a scalar for a structure': [init(0x22), /TIMEOUT/],
    'answers before it is asked': [
      (request, send) => {
        send(
          Buffer.concat([
            message(request.command, u32(request.ioid), 0, OK, value(5)),
            reply(request, OK, INT32_TYPE),
          ]),
        )
      },
      /TIMEOUT/,
    ],
    'answers with another type than it told': [
      afterInit((request, send) => {
        send(reply(request, OK, 1, 1, text('text')))
      }),
      2_019_914_756, // its first four bytes,
    ],
    'answers with bits beyond the type': [
      afterInit((request, send) => {
        send(reply(request, OK, 4, 0xff, 0xff, 0xff, 0xff, i32(5)))
      }),
      5,
    ],
    'answers with half a value': [
      afterInit((request, send) => {
        send(reply(request, OK, 1, 1, 5))
      }),
      /TIMEOUT/,
    ],
    'answers a text of two gigabytes': [
      (request, send) => {
        if (request.subcommand & INIT) send(reply(request, OK, STRING_TYPE))
        else send(reply(request, OK, 1, 1, 254, u32(0x7fff_ffff)))
      },
      /TIMEOUT/,
    ],
    'refuses in a text that is not UTF-8 and 60 kB long': [
      afterInit((request, send) => {
        send(reply(request, 2, 254, u32(60_000), Buffer.alloc(60_000, 0xfe), 0))
      }),
      /REMOTE/,
    ],
    // without its remedy seen by UBSAN only
    'refuses with a code that nobody knows': [
      afterInit((request, send) => {
        send(reply(request, 188, text('no'), 0))
      }),
      /REMOTE/,
    ],
    warns: [
      afterInit((request, send) => {
        send(reply(request, 1, text('careful'), 0, value(5)))
      }),
      5,
    ],
    'destroys the channel instead': [
      afterInit((_, send) => {
        send(message(8, u32(1), u32(1)))
      }),
      /TIMEOUT/,
    ],
    'answers for another operation': [
      afterInit((request, send) => {
        send(reply({ ...request, ioid: request.ioid + 77 }, OK, value(5)))
      }),
      /TIMEOUT/,
    ],
    'answers with the command of a put': [
      afterInit((request, send) => {
        send(reply({ ...request, command: Command.Put }, OK))
      }),
      /TIMEOUT/,
    ],
  }

  it.each(Object.entries(cases))('%s', async (_, [answer, expected]) => {
    let asked = 0
    await using server = await ScriptedServer.start((request, send) => {
      asked++
      answer(request, send)
    })
    await using good = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 5 }) })
    await good.ctx.get('x')
    await using ctx = new Context(alone)
    // Connected first: the time of a call that gets no answer is for its operation alone.
    const connection = ctx.connect('x', { server: server.address })
    await until(() => connection.connected, 'the connection')
    const timeout = String(expected).includes('TIMEOUT') ? 500 : 10_000
    const got = await ctx.get('x', { server: server.address, timeout }).then(
      (result) => result.value,
      (error: unknown) => (error as { code: string }).code,
    )
    if (typeof expected === 'number') expect(got).toBe(expected)
    else expect(String(got)).toMatch(expected)
    expect(asked).toBeGreaterThan(0)
    expect((await good.ctx.get('x', { timeout: 10_000 })).value).toBe(5)
    await ctx.close()
    expect(debug.counts()).toMatchObject({ Operation: 0 })
  })
})

it('a get from a server that names a type that nests 20 deep, as deep as it may', async () => {
  await using server = await ScriptedServer.start((request, send) => {
    send(reply(request, OK, ...(request.subcommand & INIT ? [nested(20)] : [1, 1, i32(5)])))
  })
  await using ctx = new Context(alone)
  const got = await ctx.get('x', { server: server.address })
  expect(got[Array<string>(20).fill('a').join('.')]).toBe(5)
})

describe('a text from a server that is', () => {
  const cases: Readonly<Record<string, readonly [number[], string]>> = {
    'an overlong slash of two bytes': [[0xc0, 0xaf], '\ufffd\ufffd'],
    'an overlong slash of three bytes': [[0xe0, 0x80, 0xaf], '\ufffd\ufffd\ufffd'],
    'an overlong NUL': [[0xc0, 0x80], '\ufffd\ufffd'],
    'cut in a character': [[0x41, 0xe2, 0x82], 'A\ufffd'],
    'cut in a character and goes on': [[0xe2, 0x82, 0x41], '\ufffdA'],
    'a degree sign of Latin-1': [[0x32, 0x30, 0x20, 0xb0, 0x43], '20 \ufffdC'],
    'half of a pair': [[0xed, 0xa0, 0x80], '\ufffd\ufffd\ufffd'],
    'beyond the last character': [[0xf4, 0x90, 0x80, 0x80], '\ufffd\ufffd\ufffd\ufffd'],
    'all bytes above 0xf7': [[0xf8, 0xff], '\ufffd\ufffd'],
    'a replacement character of its own': [[0xef, 0xbf, 0xbd], '\ufffd'],
    'with a byte order mark': [[0xef, 0xbb, 0xbf, 0x41], '\ufeffA'],
    'with a NUL': [[0x41, 0, 0x42], 'A\0B'],
  }
  it.each(Object.entries(cases))('%s', async (_, [bytes, expected]) => {
    await using server = await ScriptedServer.start((request, send) => {
      const { subcommand } = request
      send(reply(request, OK, ...(subcommand & INIT ? [STRING_TYPE] : [1, 1, bytes.length, ...bytes])))
    })
    await using ctx = new Context(alone)
    expect((await ctx.get('x', { server: server.address })).value).toBe(expected)
  })
})

// PVXS gives up the connection for the monitor's sake
it('bytes that are not UTF-8 become U+FFFD, and are counted', async () => {
  await using server = await ScriptedServer.start(
    afterInit((request, send) => {
      send(reply(request, 2, 3, 0x61, 0xfe, 0x62, 0))
    }),
  )
  await using ctx = new Context(alone)
  const before = debug.replacedCharacters()
  const { message } = await rejection(ctx.get('x', { server: server.address, timeout: 10_000 }))
  expect(message).toContain('a\uFFFDb')
  expect(debug.replacedCharacters() - before).toBe(1)
})

it('a put, an info and a monitor of a server that names no type', async () => {
  await using server = await ScriptedServer.start((request, send) => {
    const head =
      request.command === Command.Info ? [u32(request.ioid)] : [u32(request.ioid), request.subcommand]
    send(message(request.command, ...head, OK, 0xff))
    if (request.command === Command.Monitor) send(message(Command.Monitor, u32(request.ioid), 0, value(1), 0))
  })
  await using ctx = new Context(alone)
  const options = { server: server.address, timeout: 10_000 }
  const calls = [ctx.put('x', 1, options), ctx.put('x', () => 1, options), ctx.info('x', options)]
  for (const error of await Promise.all(calls.map(rejection))) expect(error).toBeInstanceOf(RemoteError)
  const subscription = ctx.monitor('x', { server: server.address })
  expect((await rejection(ctx.get('x', { server: server.address, timeout: 500 }))).code).toMatch(
    /REMOTE|TIMEOUT/,
  )
  await subscription.close()
})

describe('a monitor of a server that', () => {
  const START = 0x44
  const update = (ioid: number, n: number): Buffer => message(Command.Monitor, u32(ioid), 0, value(n), 0)
  const finish = (ioid: number): Buffer => message(Command.Monitor, u32(ioid), 0x10, OK)
  const started =
    (work: (ioid: number, send: (data: Buffer) => void) => void): Answer =>
    (request, send) => {
      if (request.command !== Command.Monitor) return
      if (request.subcommand & INIT) send(reply(request, OK, INT32_TYPE))
      else if ((request.subcommand & START) === START) work(request.ioid, send)
    }
  const upTo = (n: number, ioid: number): Buffer =>
    Buffer.concat(Array.from({ length: n }, (_, k) => update(ioid, k)))

  it('sends what was not asked for yet: it is taken', async () => {
    await using server = await ScriptedServer.start((request, send) => {
      if (request.command === Command.Monitor && request.subcommand & INIT)
        send(Buffer.concat([reply(request, OK, INT32_TYPE), update(request.ioid, 1)]))
    })
    await using ctx = new Context(alone)
    const subscription = ctx.monitor<{ value: number }>('x', { server: server.address })
    await subscription.ready
    await subscription.close()
  })

  it('sends a thousand times the window of a pipeline: the last value arrives, what waits is bounded', async () => {
    await using server = await ScriptedServer.start(
      started((ioid, send) => {
        send(upTo(4_000, ioid))
      }),
    )
    await using ctx = new Context(alone)
    const subscription = ctx.monitor<{ value: number }>('x', {
      server: server.address,
      pipeline: true,
      queueSize: 4,
    })
    let last = -1
    for await (const { value: n } of subscription) {
      expect(n).toBeGreaterThan(last)
      last = n
      if (n === 3_999) break
    }
    expect(subscription.stats.maxQueued).toBeLessThanOrEqual(4 * 4)
  })

  it('finishes twice, and goes on: the loop ends once', async () => {
    await using server = await ScriptedServer.start(
      started((ioid, send) => {
        send(Buffer.concat([update(ioid, 1), finish(ioid), finish(ioid), update(ioid, 2)]))
      }),
    )
    await using ctx = new Context(alone)
    const values: number[] = []
    for await (const { value: n } of ctx.monitor<{ value: number }>('x', { server: server.address }))
      values.push(n)
    expect(values).toEqual([1])
  })

  it('updates another subscription: this one waits', async () => {
    await using server = await ScriptedServer.start(
      started((ioid, send) => {
        send(Buffer.concat([update(ioid + 1, 1), update(ioid, 2)]))
      }),
    )
    await using ctx = new Context(alone)
    for await (const { value: n } of ctx.monitor<{ value: number }>('x', { server: server.address })) {
      expect(n).toBe(2)
      break
    }
  })

  it('changes the type in mid-stream: the connection is given up, and nothing else', async () => {
    await using server = await ScriptedServer.start(
      started((ioid, send) => {
        send(Buffer.concat([update(ioid, 1), message(Command.Monitor, u32(ioid), 0, 1, 1, text('text'), 0)]))
      }),
    )
    await using ctx = new Context(alone)
    const events: string[] = []
    const subscription = ctx.monitor<{ value: number }>('x', {
      server: server.address,
      onUpdate: ({ value: n }) => events.push(String(n)),
      onEvent: ({ type }) => events.push(type),
    })
    await until(() => events.length >= 2, 'the first value')
    expect(events.slice(0, 2)).toEqual(['connected', '1'])
    await subscription.close()
  })
})

it('a server that never answers an echo is given up', { timeout: 30_000 }, async () => {
  await using server = await ScriptedServer.start(proper)
  await using ctx = new Context({ ...alone, connectionTimeout: 2_000 })
  const connection = ctx.connect('x', { server: server.address })
  await until(() => connection.connected, 'the connection')
  await until(() => !connection.connected, 'the end of patience', 20_000)
})

it('a search answer that points back to the client itself leads nowhere', async () => {
  const { createSocket } = await import('node:dgram')
  const liar = createSocket('udp4')
  await new Promise<void>((resolve) => liar.bind(0, '127.0.0.1', resolve))
  let asked = 0
  liar.on('message', (search, from) => {
    asked++
    // "Come to the very port that you ask from", in the byte order of the question
    const big = ((search[2] ?? 0) & 0x80) !== 0
    const u16 = (n: number): number[] => (big ? [n >> 8, n & 255] : [n & 255, n >> 8])
    const body = Buffer.from([
      ...Buffer.alloc(12, 7), // GUID
      ...search.subarray(8, 12),
      ...Buffer.alloc(10),
      ...[0xff, 0xff, 127, 0, 0, 1],
      ...u16(from.port),
      ...text('tcp'),
      1,
      ...u16(1),
      ...search.subarray(41, 45), // the id of the first name
    ])
    const head = Buffer.from([0xca, 2, big ? 0xc0 : 0x40, 4, ...(big ? [0, 0, ...u16(body.length)] : [...u16(body.length), 0, 0])]) // prettier-ignore
    liar.send(Buffer.concat([head, body]), from.port, from.address)
  })
  try {
    await using ctx = new Context({
      ...alone,
      addressList: [`127.0.0.1:${liar.address().port}`],
    })
    const call = rejection(ctx.get('x', { timeout: 1_000 }))
    await until(() => asked > 0, 'the search')
    expect((await call).code).toBe(TIMEOUT)
  } finally {
    liar.close()
  }
})
