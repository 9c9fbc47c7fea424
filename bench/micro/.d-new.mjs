// What reading costs: nanoseconds per update, and per read of a field. One process, no network, no addon.
//   node bench/micro/decode.mjs [folder of the compiled library, by default build/js]
import { library, measure, report } from './measure.mjs'

const { DecodePlan, Reader, TypeDef, Writer, encodeChanged } = await library('data/index.js')
const { encodeFull } = await library('data/wire/encode.js')
const { generation } = await library('data/values/generation.js')

function bytesOf(write) {
  const w = new Writer()
  write(w)
  return w.bytes().slice().buffer
}

const limits = { limitLow: 'float64', limitHigh: 'float64' }
const Scalar = new TypeDef('struct', 'epics:nt/NTScalar:1.0', {
  value: 'float64',
  alarm: new TypeDef('struct', 'alarm_t', { severity: 'int32', status: 'int32', message: 'string' }),
  timeStamp: new TypeDef('struct', 'time_t', {
    secondsPastEpoch: 'int64',
    nanoseconds: 'int32',
    userTag: 'int32',
  }),
  display: {
    ...limits,
    description: 'string',
    units: 'string',
    precision: 'int32',
    form: { index: 'int32', choices: 'string[]' },
  },
  control: { ...limits, minStep: 'float64' },
  valueAlarm: {
    active: 'bool',
    lowAlarmLimit: 'float64',
    lowWarningLimit: 'float64',
    highWarningLimit: 'float64',
    highAlarmLimit: 'float64',
    lowAlarmSeverity: 'int32',
    lowWarningSeverity: 'int32',
    highWarningSeverity: 'int32',
    highAlarmSeverity: 'int32',
    hysteresis: 'float64',
  },
})

function scalar() {
  const m = Scalar.create()
  m.value = 1.5
  m['timeStamp.secondsPastEpoch'] = 1_700_000_000n
  m['timeStamp.nanoseconds'] = 123_456_789
  return m
}

function wide(fields) {
  return new TypeDef(
    'struct',
    Object.fromEntries(
      Array.from({ length: fields }, (_, i) => [`f${i}`, i % 2 === 0 ? 'float64' : 'int32']),
    ),
  )
}

function filled(type) {
  const m = type.create()
  for (const { name } of type.members) m[name] = 3
  return m
}

function table() {
  const Table = new TypeDef('struct', 'epics:nt/NTTable:1.0', {
    labels: 'string[]',
    value: { x: 'float64[]', n: 'int32[]', name: 'string[]', ok: 'bool[]' },
  })
  const m = Table.create()
  m['labels'] = ['x', 'n', 'name', 'ok']
  m['value.x'] = Float64Array.from({ length: 100 }, (_, i) => i)
  m['value.n'] = Int32Array.from({ length: 100 }, (_, i) => i)
  m['value.name'] = Array.from({ length: 100 }, (_, i) => `row ${i}`)
  m['value.ok'] = Array.from({ length: 100 }, (_, i) => i % 2 === 0)
  return m
}

let kept // what is read here cannot be optimised away

function updates(value) {
  const plan = DecodePlan.of(value.$type)
  const r = new Reader(bytesOf((w) => encodeChanged(w, value)))
  let last = plan.initial
  return (n) => {
    for (let i = 0; i < n; i++) {
      r.p = 0
      last = plan.update(r, last)
    }
    kept = last
  }
}

function wholes(value) {
  const plan = DecodePlan.of(value.$type)
  const r = new Reader(bytesOf((w) => encodeFull(w, value)))
  return (n) => {
    for (let i = 0; i < n; i++) {
      r.p = 0
      kept = plan.full(r)
    }
  }
}

function arrayOf(length) {
  const m = new TypeDef('struct', { value: 'float64[]' }).create()
  m['value'] = new Float64Array(length)
  return m
}

function decoding() {
  report('NTScalar, 3 of 27 leaves changed', measure(updates(scalar())))
  report('NTScalar, whole', measure(wholes(scalar())))
  const Some = wide(100)
  const some = Some.create()
  for (const i of [3, 50, 98]) some[`f${i}`] = i
  report('100 fields, 3 changed', measure(updates(some)))
  report('100 fields, whole', measure(wholes(filled(Some))))
  report('table, 4 columns of 100 rows', measure(updates(table())))
  for (const length of [1, 4, 8, 16, 100, 1000, 4000])
    report(`float64[] of ${length}`, measure(updates(arrayOf(length))))
}

function text(units) {
  const m = new TypeDef('struct', { value: 'string' }).create()
  m['value'] = units
  return m
}

function texts() {
  for (const units of ['', 'mm', 'millimetre', 'x'.repeat(32), 'x'.repeat(100), '\u00b0C']) {
    report(
      `string of ${units.length}${units.startsWith('\u00b0') ? ', not ASCII' : ''}`,
      measure(updates(text(units))),
    )
  }
}

function encoding() {
  const w = new Writer()
  const value = DecodePlan.of(Scalar).full(new Reader(bytesOf((w) => encodeFull(w, scalar()))))
  const delta = scalar().$freeze()
  report(
    'write NTScalar, 3 of 27 leaves',
    measure((n) => {
      for (let i = 0; i < n; i++) {
        w.reset()
        encodeChanged(w, delta)
      }
    }),
  )
  report(
    'write NTScalar, whole',
    measure((n) => {
      for (let i = 0; i < n; i++) {
        w.reset()
        encodeFull(w, value)
      }
    }),
  )
}

function reading() {
  // Values as they arrive, so that the compiler cannot know what is in them.
  const plan = DecodePlan.of(Scalar)
  const values = []
  const r = new Reader(bytesOf((w) => encodeChanged(w, scalar())))
  for (let i = 0, last = plan.initial; i < 1024; i++) {
    r.p = 0
    values.push((last = plan.update(r, last)))
  }
  const loop = (read) =>
    new Function(
      'values',
      'keep',
      `return (n) => { let s = 0; for (let i = 0; i < n; i++) { const v = values[i & 1023]; ${read} } keep(s) }`,
    )(values, (s) => (kept = s))
  const empty = measure(loop('s += i'))
  const cost = (name, read) => report(name, measure(loop(read)) - empty)
  cost('read v.value', 's += v.value')
  cost('read v.alarm.severity', 's += v.alarm.severity')
  cost("read v['alarm.severity']", "s += v['alarm.severity']")
  cost("read v['timeStamp.nanoseconds']", "s += v['timeStamp.nanoseconds']")
  cost("read v.$get('alarm.severity')", "s += v.$get('alarm.severity')")
  cost("read v['nosuch.name'] (a miss)", "s += v['nosuch.name'] === undefined ? 1 : 0")
  cost('read v.nosuch (a miss)', 's += v.nosuch === undefined ? 1 : 0')
  cost('read v.$changed.size', 's += v.$changed.size')
  cost('read v.$timeNs', 's += v.$timeNs === 0n ? 1 : 0')
}

decoding()
texts()
encoding()
reading()
generation.allowed = false
console.log('without code generation')
const plain = new TypeDef('struct', { plain: 'int32' })
report(
  'NTScalar, 3 of 27 leaves changed',
  measure(
    updates(Scalar.extend({}).create({ value: 1.5, timeStamp: { secondsPastEpoch: 1, nanoseconds: 2 } })),
  ),
)
report('one int32', measure(updates(plain.create({ plain: 1 }))))
process.exitCode = kept === undefined ? 1 : 0
