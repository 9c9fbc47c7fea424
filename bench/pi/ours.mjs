// One measurement in a process of its own: node ours.mjs ROW URL [COUNT]. Prints JSON.
import { columns, PiWebApi } from 'node-pvxs/pi'
import { Agent, request } from 'undici'
import { WebSocket } from 'ws'

const [row = '', url = '', text = '0'] = process.argv.slice(2)
const count = Number(text)
const pi = new PiWebApi(url, { dataServer: 'S' })
const T0 = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n
const day = (events) => ({ from: T0, to: T0 + BigInt(events) * 1_000_000_000n })
const webIdOf = (name) => `I1DP${Buffer.from(name).toString('base64url')}`

/** Wall and processor time of work, the best of some rounds: what else the machine does only adds. */
async function best(work, rounds = 5) {
  await work()
  const all = []
  for (let i = 0; i < rounds; i++) {
    const cpu = process.cpuUsage()
    const wall = performance.now()
    await work()
    const { user, system } = process.cpuUsage(cpu)
    all.push({ wall: performance.now() - wall, cpu: (user + system) / 1000 })
  }
  const least = (key) => Math.min(...all.map((one) => one[key]))
  return { wall: least('wall'), cpu: least('cpu') }
}

/** Both sides in turns, so that what else the machine does falls on both. */
async function compared(ours, other) {
  const mine = []
  const others = []
  for (let i = 0; i < 3; i++) {
    others.push(await best(other, 2))
    mine.push(await best(ours, 2))
  }
  const least = (all) => ({
    wall: Math.min(...all.map(({ wall }) => wall)),
    cpu: Math.min(...all.map(({ cpu }) => cpu)),
  })
  return { ours: least(mine), other: least(others) }
}

/** A walk by hand that fills the same arrays; times to the ms only, as `Date` has them. */
async function walked(webId) {
  const response = await fetch(`${url}/streams/${webId}/recorded?maxCount=200000`)
  const { Items } = JSON.parse(await response.text())
  const times = new BigInt64Array(Items.length)
  const values = new Float64Array(Items.length)
  const good = new Uint8Array(Items.length)
  for (let i = 0; i < Items.length; i++) {
    const { Timestamp, Value, Good } = Items[i]
    times[i] = BigInt(Date.parse(Timestamp)) * 1_000_000n
    values[i] = typeof Value === 'number' ? Value : NaN
    good[i] = Good ? 1 : 0
  }
  return times.length + values.length + good.length
}

const rows = {
  async columns() {
    const webId = webIdOf('200000')
    const ours = async () => columns(await pi.streams.getRecorded({ webId, maxCount: 200_000 }))
    return compared(ours, () => walked(webId))
  },
  async select() {
    const webId = webIdOf('200000')
    const recorded = pi.build.streams.getRecorded({ webId, maxCount: 200_000 })
    const fields = ['Items.Timestamp', 'Items.Value']
    const ours = async () => (await pi.request(recorded)).select(...fields)[fields[1]].length
    const other = async () => {
      const { Items } = JSON.parse(await (await fetch(recorded.url)).text())
      const stamps = Items.map(({ Timestamp }) => Timestamp)
      const values = Items.map(({ Value }) => Value)
      return stamps.length + values.length
    }
    return compared(ours, other)
  },
  async channel() {
    const names = Array.from({ length: 10 }, (_, i) => `tag${i}`)
    const found = await pi.resolve(names)
    const query = found.map(({ value }) => `webId=${value.webId}`).join('&')
    const ours = async () => {
      const channel = await pi.channel(names, { includeInitialValues: false, reconnect: false })
      let messages = 0
      let values = 0
      for await (const { items } of channel) {
        values += items.length
        if (++messages === count) break
      }
      await channel.close()
      if (values !== count * names.length) throw new Error(`${values} values`)
    }
    const other = async () => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/streamsets/channel?${query}`, {
        perMessageDeflate: false,
      })
      let messages = 0
      let values = 0
      await new Promise((resolve, reject) => {
        socket.on('error', reject)
        socket.on('message', (data) => {
          values += JSON.parse(data.toString('utf8')).Items.length
          if (++messages === count) resolve()
        })
      })
      socket.terminate()
      if (values !== count * names.length) throw new Error(`${values} values`)
    }
    return compared(ours, other)
  },
  async sink() {
    const series = Array.from({ length: 1000 }, (_, i) => ({ id: `pv:${i}`, type: 'float64' }))
    const batch = Array.from({ length: 5000 }, (_, i) => ({
      series: series[i % 1000],
      time: T0 + BigInt(i) * 1_234_567n,
      value: i / 7,
      severity: i % 50 === 0 ? 1 : 0,
    }))
    let bytes
    const watched = new PiWebApi(url, { dataServer: 'S', onRequest: ({ body }) => (bytes = body?.bytes) })
    await watched.sink().write(batch)
    await watched.close()
    const dispatcher = new Agent({ connections: 1 })
    const raw = async () => {
      for (let i = 0; i < 20; i++) {
        const options = {
          method: 'POST',
          body: bytes,
          headers: { 'content-type': 'application/json' },
          dispatcher,
        }
        await (await request(`${url}/streamsets/recorded`, options)).body.dump()
      }
    }
    const sink = pi.sink()
    const ours = async () => {
      for (let i = 0; i < 20; i++) await sink.write(batch)
    }
    const [mine, other] = [await best(ours), await best(raw)]
    const per = ({ wall, cpu }) => ({ wall: (wall / 100_000) * 1000, cpu: (cpu / 100_000) * 1000 })
    await dispatcher.close()
    return { ours: per(mine), other: per(other) }
  },
  async memory() {
    let events = 0
    for await (const page of pi.history().read(String(count), day(count))) events += page.length
    if (events !== count) throw new Error(`${events} events of ${count}`)
    return { megabytes: process.resourceUsage().maxRSS / 1024 }
  },
  async resolve() {
    const paths = Array.from(
      { length: count },
      (_, i) => `\\\\S\\unit:${String(i).padStart(5, '0')}:temperature`,
    )
    const found = await pi.resolve([...paths, ...paths])
    if (found.some(({ status }) => status !== 'fulfilled')) throw new Error('some were not found')
    return { requests: pi.stats.requests, bytes: `path=${encodeURIComponent(paths[0])}&`.length }
  },
}
console.log(JSON.stringify(await rows[row]()))
await pi.close()
