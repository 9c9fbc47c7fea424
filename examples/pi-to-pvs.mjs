// @ts-check
// A channel of PI becomes PVs that a client monitors: node examples/pi-to-pvs.mjs [URL TAG...]
// Without arguments it makes a simulated PI Web API, and ends after ten values.
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { PiWebApi } from 'node-pvxs/pi'
import { piSimulator } from 'node-pvxs/testing'

const [url, ...given] = process.argv.slice(2)
const tags = given.length > 0 ? given : ['sinusoid', 'level']
const sim =
  url === undefined
    ? await piSimulator({ points: { sinusoid: { value: 0 }, level: { value: 50 } } })
    : undefined
const pi = new PiWebApi(url ?? sim?.url ?? '')

const type = new NTScalar('float64')
const server = Server.isolated()
/** @type {Map<string, ReturnType<typeof SharedPV.readonly>>} */
const pvs = new Map()
for (const tag of tags) {
  const pv = SharedPV.readonly(type, { value: NaN, alarm: { severity: 3, message: 'no value yet' } })
  pvs.set(tag, pv)
  server.addPV(`pi:${tag}`, pv)
}
await server.start()

const channel = await pi.channel(tags)
const serving = (async () => {
  for await (const { items } of channel)
    for (const { ref, value, time, good, questionable } of items)
      pvs.get(ref)?.post({
        value: typeof value === 'number' ? value : NaN,
        alarm: {
          severity: good ? (questionable ? 1 : 0) : 3,
          message: typeof value === 'number' ? '' : String(value),
        },
        timeStamp: { secondsPastEpoch: time / 1_000_000_000n, nanoseconds: Number(time % 1_000_000_000n) },
      })
})()

const timer = setInterval(() => sim?.post('sinusoid', Math.random()), 50)
const ctx = new Context(server.clientConfig())
let count = 0
for await (const update of ctx.monitor(`pi:${tags[0]}`)) {
  console.log(`pi:${tags[0]} ${update.value}, severity ${update.alarm?.severity}`)
  if (sim !== undefined && ++count === 10) break
}

clearInterval(timer)
await channel.close()
await serving
ctx.close()
await server.stop()
await pi.close()
await sim?.close()
