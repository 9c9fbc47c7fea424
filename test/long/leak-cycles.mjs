// Everything once around, many times, then a natural end: LeakSanitizer looks at what nobody refers to any more.
import { Context, debug, NTScalar, Server, SharedPV } from '../../dist/index.js'

const rounds = Number(process.argv[2] ?? 20)

async function round(k) {
  const x = SharedPV.mailbox(new NTScalar('int32'), { value: k })
  const big = SharedPV.mailbox(new NTScalar('float64[]'), { value: new Float64Array(10_000) })
  const f = new SharedPV({ onRpc: ({ args }) => ({ n: args.n }) })
  const server = await Server.start({ isolated: true, pvs: { x, big, f } })
  const ctx = new Context(server.clientConfig())
  const pending = [ctx.get('nobody'), ctx.put('nobody', 1), ctx.rpc('nobody')].map((call) =>
    call.catch(() => {}),
  )
  await Promise.all([ctx.get('x'), ctx.put('x', 5), ctx.rpc('f', { n: 1 }), ctx.info('big'), ctx.get('big')])
  const controller = new AbortController()
  const aborted = ctx.get('nobody', { signal: controller.signal }).catch(() => {})
  for await (const value of ctx.monitor('big')) {
    if (value.value[0] === 3) break
    big.post({ value: new Float64Array(10_000).fill(3) })
  }
  await ctx.get('nothing', { timeout: 20 }).catch(() => {})
  controller.abort()
  await aborted
  if (k % 2 === 0) x.close()
  await ctx.close()
  await Promise.all(pending)
  if (k % 3 === 0) await server.stop()
  await server.close()
}

for (let k = 0; k < rounds; k++) await round(k)
const left = Object.entries(debug.counts()).filter(([name, count]) => count > 0 && name !== 'SharedPV')
if (left.length > 0) throw new Error(`left: ${JSON.stringify(left)}`)
