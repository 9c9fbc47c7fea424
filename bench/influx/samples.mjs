// Prices of single steps, in processor time: node bench/influx/samples.mjs. An update into a sample, a sample into a line.
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { InfluxDB } from 'node-pvxs/influx'
import { samples } from 'node-pvxs/telemetry'
import { createServer } from 'node:http'

const COUNT = 500_000
const PVS = 100
const type = new NTScalar('float64', { display: true })
const pvs = Array.from({ length: PVS }, () => SharedPV.mailbox(type, { value: 0 }))
const pva = Server.isolated()
pvs.forEach((pv, i) => pva.addPV(`bench:pv:${i}`, pv))
await pva.start()
const ctx = new Context(pva.clientConfig())
// Updates as a monitor delivers them.
const updates = []
for await (const update of ctx.monitorAll(pvs.map((_, i) => `bench:pv:${i}`))) {
  updates.push(update)
  if (updates.length === 2000) break
  if (updates.length % PVS === 0)
    for (const pv of pvs)
      pv.post({ value: updates.length / 7, alarm: { severity: 1, status: 2, message: 'HIGH' } })
}
await ctx.close()
await pva.close()

function price(name, work) {
  work(COUNT / 5)
  const cpu = process.cpuUsage()
  work(COUNT)
  const { user, system } = process.cpuUsage(cpu)
  console.log(`${name.padEnd(24)} ${Math.round(((user + system) * 1000) / COUNT)} ns`)
}

const toSamples = samples()
price('samples()', (count) => {
  for (let i = 0; i < count; i++) toSamples(updates[i % 2000])
})

const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(204).end())
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const db = new InfluxDB({ url: `http://127.0.0.1:${server.address().port}`, database: 'x' })
const sink = db.sink()
const batch = Array.from({ length: 5000 }, (_, i) => toSamples(updates[i % 2000])[0])
await sink.write(batch)
const cpu = process.cpuUsage()
for (let i = 0; i < 40; i++) await sink.write(batch)
const { user, system } = process.cpuUsage(cpu)
console.log(`${'sink, with its requests'.padEnd(24)} ${Math.round(((user + system) * 1000) / 200_000)} ns`)
await db.close()
server.close()
