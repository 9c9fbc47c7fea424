// Makes every kind of call with few descriptors left. Arguments: the TCP port of a server of 'count', how many may be left
// at first and at last, and 'files' or 'threads': with the second the limit of threads is the caller's.
// Writes [left, call, 'ok' or code and message] per call, as JSON.
import { closeSync, openSync } from 'node:fs'
import { Context, NTScalar, Server, setLogger, SharedPV } from '../../../dist/index.js'

const [port, first, last, what] = process.argv.slice(2)
setLogger(() => undefined)

const timeout = 400
const client = {
  useEnv: false,
  addressList: [],
  autoAddressList: false,
  interfaces: ['127.0.0.1'],
  nameServers: [`127.0.0.1:${port}`],
  timeout,
}
const pvs = { x: SharedPV.mailbox(new NTScalar('int32'), 1) }

async function firstOf(iterable) {
  for await (const item of iterable) return item
}

/** With a context of its own for each, since one that could not be opened stays so. */
const calls = {
  get: (ctx) => ctx.get('count'),
  put: (ctx) => ctx.put('count', 1),
  info: (ctx) => ctx.info('count'),
  rpc: (ctx) => ctx.rpc('count').catch((error) => otherwise(error)),
  list: (ctx) => ctx.list(`localhost:${port}`),
  monitor: async (ctx) => {
    const signal = AbortSignal.timeout(timeout)
    await firstOf(ctx.monitor('count', { signal })).catch((error) => otherwise(error, signal))
  },
  'get of several': (ctx) => ctx.getAll(['count', 'count']),
  connect: async (ctx) => {
    const signal = AbortSignal.timeout(timeout)
    await firstOf(ctx.connect('count').events({ signal })).catch((error) => otherwise(error, signal))
  },
  discover: async (ctx) => {
    const signal = AbortSignal.timeout(20)
    await firstOf(ctx.discover({ signal })).catch((error) => otherwise(error, signal))
  },
}

/** Lets pass what has another reason than a shortage. */
function otherwise(error, signal) {
  if (error.code !== 'ERR_PVA_REMOTE' && !(signal?.aborted && error === signal.reason)) throw error
}

async function told(left, name, call) {
  const outcome = await call().then(
    () => 'ok',
    (error) => `${error.code} ${error.message}`,
  )
  console.log(JSON.stringify([left, name, outcome]))
}

const held = []
if (what === 'files') {
  for (;;) {
    try {
      held.push(openSync('/dev/null'))
    } catch {
      break
    }
  }
}
const all = held.length
for (let left = Number(first); left <= Number(last); left++) {
  if (what === 'files') {
    const wanted = all - left
    while (held.length > wanted) closeSync(held.pop())
  }
  for (const [name, call] of Object.entries(calls)) {
    await told(left, name, async () => {
      const ctx = new Context(client)
      try {
        await call(ctx)
      } finally {
        await ctx.close()
      }
    })
  }
  await told(left, 'start of a server', async () => {
    const server = Server.isolated({ pvs })
    try {
      await server.start()
    } finally {
      await server.close()
    }
  })
}
