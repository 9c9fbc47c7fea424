// @ts-check
// Three tags of PI, live: node examples/pi-live.mjs [URL TAG...]
// Without arguments it makes a simulated PI Web API whose values change, and ends after some of them.
import { PiWebApi } from 'node-pvxs/pi'
import { piSimulator } from 'node-pvxs/testing'

const [url, ...given] = process.argv.slice(2)
const tags = given.length > 0 ? given : ['sinusoid', 'level', 'mode']
const sim =
  url === undefined
    ? await piSimulator({
        points: {
          sinusoid: { units: 'degC', value: 0 },
          level: { units: '%', value: 50 },
          mode: { digitalSet: 'Modes', value: 'Off' },
        },
        digitalSets: { Modes: ['Off', 'On'] },
      })
    : undefined
const pi = new PiWebApi(url ?? sim?.url ?? '')

let count = 0
const timer = setInterval(() => {
  count++
  sim?.post('sinusoid', Math.round(Math.sin(count / 5) * 1000) / 1000)
  if (count % 3 === 0) sim?.post('mode', count % 2 === 0 ? 'Off' : 'On')
  if (count === 10) sim?.dropSockets() // what is posted meanwhile comes out of the archive
}, 50)

for await (const { ref, time, value, units, good } of pi.watch(tags)) {
  const at = new Date(Number(time / 1_000_000n)).toISOString()
  console.log(`${at} ${ref} ${String(value)}${units && ` ${units}`}${good ? '' : ' (bad)'}`)
  if (sim !== undefined && count >= 20) break
}

clearInterval(timer)
await pi.close()
await sim?.close()
