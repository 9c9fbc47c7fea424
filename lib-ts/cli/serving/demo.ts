// One PV of every kind, for a look around without a control system.
import type { Core } from '../context.js'
import { definitionOf } from '../definitions.js'
import type { AnyPv, Changed, Served } from './served.js'
import { servedPv } from './served.js'

const FRONT = 'demo:'

const DEFINITIONS = [
  'setpoint=float64=21 egu=C prec=1 desc="Wanted temperature" drvl=0 drvh=60',
  'temperature=float64=21 egu=C prec=2 desc="Follows demo:setpoint" lopr=0 hopr=60 lolo=5 low=15 high=35 hihi=45 readonly',
  'sine sim=sine egu=mm prec=3 amp=5 lolo=-4.8 low=-4 high=4 hihi=4.8 desc="A sine of 10 s"',
  'walk sim=walk egu=V prec=3 amp=0.5 rate=5',
  'noise=float32 sim=noise egu=mV',
  'count sim=count rate=1 desc="Seconds"',
  'level=int16 sim=triangle amp=100 egu=% lopr=-100 hopr=100',
  'big=int64=9007199254740993 desc="More than a double holds"',
  'byte=uint8=200',
  'switch=bool=false',
  'blink sim=toggle rate=2',
  'mode=enum(Off,Warm up,Run)=Run',
  'state sim=cycle rate=0.5',
  'clock sim=clock rate=1',
  'note="Write me" desc="Any text"',
  'wave sim=wave size=100 egu=V',
  'numbers=int32[]=[1,2,3]',
  'flags=bool[]=[true,false]',
  'words=["alpha","beta","gamma delta"]',
  'image=image(64x48) sim=image rate=5',
]

const STEP_HZ = 10
const TABLE_HZ = 1
const MOTORS = ['slit', 'mirror', 'stage']

/** The PVs of the demonstration, `prefix` in front. */
export function demoPvs(core: Core, prefix: string, changed: Changed): Served[] {
  const none = { sim: undefined, rate: undefined, period: undefined }
  const simple = DEFINITIONS.map((text) => {
    const definition = definitionOf(text, `definition ${text}`)
    return servedPv(core, { ...definition, name: `${prefix}${FRONT}${definition.name}` }, none, changed)
  })
  const pvOf = (name: string): AnyPv => {
    const found = simple.find((one) => one.name === `${prefix}${FRONT}${name}`)
    if (found === undefined) throw new Error(`demo: there is no ${name}`)
    return found.pv
  }
  const table = tableOf(core, `${prefix}${FRONT}table`)
  const reading = simple.find(({ pv }) => pv === pvOf('temperature'))
  const moving = simple.map((one) => (one === reading ? following(one, pvOf('setpoint')) : one))
  // The first that moves is the one that the user is shown.
  const first = moving.filter((one) => one.name.endsWith(`${FRONT}temperature`))
  return [
    ...first,
    ...moving.filter((one) => !first.includes(one)),
    table,
    adder(core, `${prefix}${FRONT}add`),
  ]
}

/** A reading that goes to its set point by a tenth of the way at a time. */
function following(one: Served, setpoint: AnyPv): Served {
  let at = Number(setpoint.current().$get('value'))
  return {
    ...one,
    rate: STEP_HZ,
    step: (t) => {
      at += (Number(setpoint.current().$get('value')) - at) / 10
      one.restore({ value: at + 0.2 * Math.sin(t) + 0.05 * Math.sin(7 * t) })
    },
  }
}

function tableOf({ NTTable, SharedPV }: Core, name: string): Served {
  const type = new NTTable({ name: 'string', position: 'float64', moving: 'bool' })
  const columns = (t: number): object => ({
    name: MOTORS,
    position: MOTORS.map((_, k) => 10 * Math.sin(t / (k + 2))),
    moving: MOTORS.map((_, k) => Math.floor(t) % (k + 2) === 0),
  })
  const pv = SharedPV.readonly(type, { value: columns(0) }) as unknown as AnyPv
  return {
    name,
    kind: { kind: 'table', columns: {} },
    pv,
    isMailbox: false,
    restore: () => undefined,
    rate: TABLE_HZ,
    step: (t) => void pv.post({ value: columns(t) } as never),
  }
}

function adder({ NTURI, NTScalar, SharedPV }: Core, name: string): Served {
  const sum = new NTScalar('float64')
  const pv = new SharedPV({
    type: new NTScalar('float64', { display: true }),
    initial: { value: 0, display: { description: 'An RPC: lhs + rhs' } },
    args: new NTURI({ lhs: 'float64', rhs: 'float64' }),
    onRpc: ({ args }) => sum.create({ value: args.lhs + args.rhs }),
  }) as unknown as AnyPv
  return { name, kind: { kind: 'scalar', code: 'float64' }, pv, isMailbox: false, restore: () => undefined }
}
