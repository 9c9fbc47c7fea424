// Workers of a cluster, each a server of 'pv<n>'; the primary reads all of them. Argument: how many.
import cluster from 'node:cluster'
import { Context, NTScalar, Server, SharedPV } from '../../../dist/index.js'

const count = Number(process.argv[2])
if (cluster.isPrimary) {
  const ports = await Promise.all(
    Array.from({ length: count }, (_, n) => {
      const worker = cluster.fork({ N: String(n) })
      return new Promise((resolve) => worker.once('message', resolve))
    }),
  )
  const ctx = new Context({
    useEnv: false,
    addressList: [],
    autoAddressList: false,
    nameServers: ports.map((port) => `127.0.0.1:${port}`),
  })
  const values = await ctx.getAll(
    Array.from({ length: count }, (_, n) => `pv${n}`),
    { timeout: 30_000 },
  )
  console.log(values.map(({ value }) => value).join(' '))
  await ctx.close()
  for (const worker of Object.values(cluster.workers)) worker.send('end')
} else {
  const n = Number(process.env.N)
  const server = await Server.start({
    isolated: true,
    pvs: { [`pv${n}`]: SharedPV.mailbox(new NTScalar('int32'), { value: n }) },
  })
  process.once('message', async () => {
    await server.close()
    process.disconnect()
  })
  process.send(server.tcpPort)
}
