// @ts-check
// The server of the demo: a dozen PVs of different types, most of them alive.
import { once } from 'node:events'
import {
  NTEnum,
  NTNDArray,
  NTScalar,
  NTTable,
  NTURI,
  RemoteError,
  Server,
  SharedPV,
  TypeDef,
} from 'node-pvxs'

const Motor = new TypeDef('struct', 'demo:Motor', {
  position: 'float64',
  moving: 'bool',
  limits: { low: 'float64', high: 'float64' },
  history: [{ at: 'int64', position: 'float64' }],
  reading: new TypeDef('union', { number: 'float64', fault: 'string' }),
})
const Devices = new NTTable({ name: 'string', position: 'float64' }, { labels: ['Device', 'Position / mm'] })
const limits = { limitLow: 0, limitHigh: 40 }

const counter = SharedPV.readonly(new NTScalar('int64'), { value: 0 })
const temperature = SharedPV.readonly(new NTScalar('float64', { display: true, valueAlarm: true }), {
  value: 21,
  display: { units: 'C', description: 'hall temperature', ...limits },
  valueAlarm: { active: true, highWarningLimit: 21.8, highWarningSeverity: 1 },
})
const waveform = SharedPV.readonly(new NTScalar('float32[]'), { value: new Float32Array(512) })
const image = SharedPV.readonly(new NTNDArray())
const devices = SharedPV.readonly(Devices, Devices.fromRows([{ name: 'slit', position: 0 }]))
const motor = SharedPV.mailbox(Motor, {
  position: 1.5,
  limits: { low: -10, high: 10 },
  reading: { select: 'number', value: 1.5 },
})
const limited = new SharedPV({
  type: new NTScalar('int32', { control: true }),
  initial: { value: 5, control: { limitLow: 0, limitHigh: 100 } },
  onPut({ value }) {
    if (value.value < 0 || value.value > 100) throw new RemoteError(`${value.value} is not within 0 to 100`)
    return value
  },
})
const sum = new SharedPV({
  type: new NTURI().build(),
  onRpc: ({ args }) => ({ sum: Number(args['a']) + Number(args['b']) }),
})

const server = await Server.start({
  isolated: true,
  pvs: {
    'demo:counter': counter,
    'demo:temperature': temperature,
    'demo:waveform': waveform,
    'demo:image': image,
    'demo:devices': devices,
    'demo:motor': motor,
    'demo:limited': limited,
    'demo:sum': sum,
    'demo:mode': SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: ['Off', 'On', 'Auto'] } }),
    'demo:note': SharedPV.mailbox(new NTScalar('string'), { value: 'all is well' }),
    'demo:enabled': SharedPV.mailbox(new NTScalar('bool'), { value: true }),
    'demo:setpoints': SharedPV.mailbox(new NTScalar('int32[]'), { value: [1, 2, 3] }),
  },
})

let tick = 0
const timer = setInterval(() => {
  tick += 1
  counter.post({ value: tick })
  const value = 21 + Math.sin(tick / 5)
  const warm = value > 21.8
  temperature.post({ value, alarm: { severity: warm ? 1 : 0, message: warm ? 'warm' : '' } })
  waveform.post({ value: Float32Array.from({ length: 512 }, (_, i) => Math.sin((i + tick) / 20)) })
  devices.post(
    Devices.fromRows([
      { name: 'slit', position: tick / 10 },
      { name: 'mirror', position: -tick },
    ]),
  )
  const pixels = Uint16Array.from({ length: 48 * 64 }, (_, i) => (i * tick) % 4096)
  image.post(NTNDArray.wrap(pixels, { shape: [48, 64], attributes: { exposure: 0.02 }, colorMode: 0 }))
}, 50)

process.send?.(server.clientConfig())
await Promise.race([once(process, 'message'), once(process, 'disconnect')])
clearInterval(timer)
await server.close()
if (process.connected) process.disconnect()
