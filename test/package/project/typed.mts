// The package's types as a user's compiler sees them: inference from builder to result, checked both ways.
import { Context, NTScalar, Server, SharedPV, TypeDef, type Value, type ValueOf } from 'node-pvxs'
import { loopback } from 'node-pvxs/testing'

const Motor = new TypeDef('struct', 'lab:Motor', { position: 'float64', names: 'string[]' })
const motor: ValueOf<typeof Motor> = { position: 1, names: ['x'] } as ValueOf<typeof Motor>
const { server, ctx, close } = await loopback({
  'typed:motor': SharedPV.mailbox(Motor, { position: motor.position }),
  'typed:count': SharedPV.mailbox(new NTScalar('int64'), { value: 9n }),
})
const started: Server = server
const client: Context = ctx
const value = await ctx.get('typed:motor', { type: Motor })
const position: number = value.position
// @ts-expect-error a float64 is read as number
const wrong: string = value.position
const whole: Value = await ctx.get('typed:count')
for await (const update of ctx.monitor('typed:motor', { type: Motor })) {
  const names: readonly string[] = update.names
  if (names.length === 0 && position === 1 && wrong !== undefined) break
}
console.log(`ok: types, ${String(whole['value'])}, ${started.tcpPort > 0 && !client.closed}`)
await close()
