// @ts-check
// A server with four PVs, until Ctrl-C: node examples/server.mjs
import { NTEnum, NTScalar, RemoteError, Server, SharedPV } from 'node-pvxs'

const Temperature = new NTScalar('float64', { display: true })

// Read-only for clients; this program posts to it.
const temperature = SharedPV.readonly(Temperature, { value: 21, display: { units: 'C', limitHigh: 40 } })

// Whatever a client puts is what the next one gets.
const setpoint = SharedPV.mailbox(new NTScalar('float64'), { value: 20 })
const mode = SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: ['Off', 'On', 'Auto'] } })

// A handler decides: throw to refuse, return what is to be posted.
const limited = new SharedPV({
  type: new NTScalar('int32'),
  initial: { value: 5 },
  onPut({ value }) {
    if (value.value < 0 || value.value > 100) throw new RemoteError(`${value.value} is not within 0 to 100`)
    return value
  },
})

const pvs = {
  'demo:temperature': temperature,
  'demo:setpoint': setpoint,
  'demo:mode': mode,
  'demo:limited': limited,
}
const server = await Server.start({ pvs })
console.log(`serving ${Object.keys(pvs).join(', ')} on TCP port ${server.tcpPort}`)

const timer = setInterval(() => {
  temperature.post({ value: setpoint.current().value + Math.sin(Date.now() / 1000) })
}, 100)
await server.run()
clearInterval(timer)
await server.close()
