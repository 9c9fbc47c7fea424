// @ts-check
// A day in windows as CSV: node examples/pi-history.mjs [URL TAG DAY [MINUTES]]
// Without arguments it makes a simulated PI Web API with a day of values.
import { PiWebApi } from 'node-pvxs/pi'
import { piSimulator } from 'node-pvxs/testing'

const [url, tag = 'sinusoid', day = '2026-01-01', minutes = '60'] = process.argv.slice(2)
const sim = url === undefined ? await piSimulator({ points: { sinusoid: { units: 'degC' } } }) : undefined
if (sim !== undefined) {
  const begin = Date.parse('2026-01-01T00:00:00Z')
  const minute = (/** @type {number} */ i) =>
    /** @type {const} */ ([new Date(begin + i * 60_000), Math.sin(i / 229)])
  sim.load(
    tag,
    Array.from({ length: 1440 }, (_, i) => minute(i)),
  )
}

const pi = new PiWebApi(url ?? sim?.url ?? '')
const from = new Date(`${day}T00:00:00Z`)
const to = new Date(from.getTime() + 86_400_000)
const width = BigInt(minutes) * 60_000_000_000n

console.log('time,count,min,mean,max,stddev')
for await (const windows of pi.history().windows(tag, { from, to }, width))
  for (const { time, count, min, mean, max, stddev = '' } of windows)
    console.log([new Date(Number(time / 1_000_000n)).toISOString(), count, min, mean, max, stddev].join())

await pi.close()
await sim?.close()
