// One measurement in a process of its own: node ours.mjs ROW URL [COUNT]. Prints JSON.
import { columns, PiWebApi } from 'node-pvxs/pi'
import { Agent, request } from 'undici'

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
    // In turns, so that what else the machine does falls on both.
    const mine = []
    const other = []
    for (let i = 0; i < 3; i++) {
      other.push(await best(() => walked(webId), 2))
      mine.push(await best(ours, 2))
    }
    const least = (all, key) => Math.min(...all.map((one) => one[key]))
    return {
      ours: { wall: least(mine, 'wall'), cpu: least(mine, 'cpu') },
      other: { wall: least(other, 'wall'), cpu: least(other, 'cpu') },
    }
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
