// Get, put, monitor and rpc over loopback with an installed package: what every binary must be able to do.
//   node smoke.mjs [--tcp] [--out FILE]
// --tcp searches over TCP, for emulators without UDP's socket options; --out is for hosts without a standard output.
import { writeFileSync } from 'node:fs'
import { Context, NTScalar, Server, SharedPV, debug, version } from 'node-pvxs'

// Not from 'node:process': that import makes the standard streams, which Node under wine cannot.
const { argv, arch, platform, version: nodeVersion } = process

async function smoke() {
  const server = await Server.start({
    isolated: true,
    pvs: {
      'smoke:number': SharedPV.mailbox(new NTScalar('int32'), { value: 41 }),
      'smoke:array': SharedPV.mailbox(new NTScalar('float64[]'), {
        value: new Float64Array(100_000).fill(1.5),
      }),
      'smoke:sum': new SharedPV({ onRpc: (op) => ({ sum: Number(op.args.a) + Number(op.args.b) }) }),
    },
  })
  const tcp = {
    useEnv: false,
    autoAddressList: false,
    addressList: [],
    nameServers: [`127.0.0.1:${server.tcpPort}`],
  }
  const ctx = new Context(argv.includes('--tcp') ? tcp : server.clientConfig())
  try {
    await exchange(ctx)
  } finally {
    await ctx.close()
    await server.close()
  }
}

async function exchange(ctx) {
  await ctx.put('smoke:number', { value: 42 })
  const got = (await ctx.get('smoke:number')).value
  const seen = []
  for await (const update of ctx.monitor('smoke:number')) {
    seen.push(update.value)
    if (seen.length === 2) break
    await ctx.put('smoke:number', { value: -7 })
  }
  const array = (await ctx.get('smoke:array')).value
  const { sum } = await ctx.rpc('smoke:sum', { a: 2, b: 3 })
  const result = JSON.stringify([got, seen, array.length, array[99_999], Number(sum)])
  if (result !== '[42,[42,-7],100000,1.5,5]') throw new Error(`got ${result}`)
}

function report(text) {
  const at = argv.indexOf('--out')
  if (at < 0) console.log(text)
  else writeFileSync(argv[at + 1], text)
}

try {
  await smoke()
  const left = Object.entries(debug.counts()).filter(([, count]) => count !== 0)
  if (left.length > 0) throw new Error(`still alive after closing: ${JSON.stringify(left)}`)
  report(`ok: Node ${nodeVersion} ${platform}-${arch}, ${version().pvxs}\n`)
} catch (error) {
  report(`failed: ${error.stack}\n`)
  process.exitCode = 1
}
