// @ts-check
// Calls a service, and serves one: node examples/rpc.mjs
import { Context, NTTable, NTURI, RemoteError, Server, SharedPV } from 'node-pvxs'

const History = new NTTable({ time: 'int64', value: 'float64' })

// The service: what it returns is the answer, what it throws is the caller's error.
const history = new SharedPV({
  onRpc({ args }) {
    const count = Number(args['count'] ?? 3)
    if (count > 1000) throw new RemoteError('1000 rows at most')
    return History.fromRows(Array.from({ length: count }, (_, i) => ({ time: i, value: Math.sqrt(i) })))
  },
})
const server = await Server.start({ isolated: true, pvs: { 'demo:history': history } })

// The caller: named arguments, and a table as rows.
const ctx = new Context(server.clientConfig())
const table = await ctx.rpc('demo:history', { count: 4 })
if (History.is(table)) console.table(History.rows(table))

// With a builder the arguments have the types it says, and not those that the values suggest.
const Arguments = new NTURI({ count: 'uint32' })
try {
  await ctx.rpc('demo:history', Arguments.call({ count: 5000 }))
} catch (error) {
  if (!(error instanceof RemoteError)) throw error
  console.log(`refused: ${error.message}`)
}
await ctx.close()
await server.close()
