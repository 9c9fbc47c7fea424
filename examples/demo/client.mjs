// @ts-check
// The client of the demo: gets, puts, calls and monitors what demo/server.mjs serves.
import { Context, NTEnum, NTNDArray, NTTable, RemoteError } from 'node-pvxs'

const ctx = new Context(JSON.parse(process.argv[2] ?? '{}'))
const title = (/** @type {string} */ text) => console.log(`\n== ${text}`)

title('get')
for (const name of ['demo:temperature', 'demo:note', 'demo:setpoints', 'demo:waveform', 'demo:motor']) {
  console.log(`${name}:`, await ctx.get(name))
}

title('types')
console.log(String(await ctx.info('demo:motor')))

title('put')
await ctx.put('demo:note', 'written by the client')
await ctx.put('demo:setpoints', [4, 5, 6])
await ctx.put('demo:mode', 'Auto')
await ctx.put('demo:motor', { position: 2.5, 'limits.high': 20 })
await ctx.put('demo:limited', (current) => {
  current.value += 10
})
const [note, setpoints, mode, motor, limited] = await ctx.getAll([
  'demo:note',
  'demo:setpoints',
  'demo:mode',
  'demo:motor',
  'demo:limited',
])
console.log(note?.value, '|', setpoints?.value, '|', mode && NTEnum.label(mode))
console.log(motor?.position, motor?.limits.high, '|', limited?.value)
try {
  await ctx.put('demo:limited', 1000)
} catch (error) {
  if (!(error instanceof RemoteError)) throw error
  console.log(`the server refused 1000: ${error.message}`)
}

title('rpc')
const answer = await ctx.rpc('demo:sum', { a: 2, b: 40 })
console.log(`2 + 40 = ${answer?.sum}`)

title('image and table')
const { data, shape, attributes } = NTNDArray.unwrap(await ctx.get('demo:image'))
console.log(`image of ${shape.join(' x ')}, ${data?.constructor.name},`, attributes)
const table = await ctx.get('demo:devices')
console.table(NTTable.from(table).rows(table))

title('monitor')
let seen = 0
for await (const { name, value } of ctx.monitorAll(['demo:counter', 'demo:temperature'])) {
  const alarm = value.alarm.severity === 0 ? '' : `  alarm: ${value.alarm.message}`
  console.log(`${value.$time?.toISOString()} ${name} ${value.value}${alarm}`)
  if (++seen === 10) break
}

await ctx.close()
