// @ts-check
// Reads a PV, and puts a value into it: node examples/client.mjs [PV [value]]
// Without a name it makes a server of its own, which nobody else can see.
import { Context, NTScalar, PvaError, Server, SharedPV } from 'node-pvxs'

const [name = 'demo:setpoint', value] = process.argv.slice(2)
const own = process.argv.length > 2 ? undefined : Server.isolated()
if (own) {
  const Setpoint = new NTScalar('float64', { display: true })
  own.addPV(name, SharedPV.mailbox(Setpoint, { value: 20, display: { units: 'C' } }))
  await own.start()
}

const ctx = new Context(own?.clientConfig())
try {
  const before = await ctx.get(name)
  console.log(before) // type, value, alarm and time in short
  console.log(`${name} is ${before.value}, alarm severity ${before.alarm.severity}`)

  if (own || value !== undefined) {
    await ctx.put(name, { value: value ?? 22.5 })
    console.log(`${name} is now ${(await ctx.get(name)).value}`)
  }
} catch (error) {
  if (!(error instanceof PvaError)) throw error
  console.error(error.message) // says in which phase it failed, and what to try
  process.exitCode = 1
} finally {
  await ctx.close()
  await own?.close()
}
