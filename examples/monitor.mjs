// @ts-check
// Follows a PV, its connection too: node examples/monitor.mjs [PV [updates]]
// Without a name it makes a server of its own, which nobody else can see.
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'

const [name = 'demo:counter', updates = '5'] = process.argv.slice(2)
const own = process.argv.length > 2 ? undefined : Server.isolated()
if (own) {
  const counter = SharedPV.readonly(new NTScalar('int32'), { value: 0 })
  await own.addPV(name, counter).start()
  const timer = setInterval(() => counter.post({ value: counter.current().value + 1 }), 50)
  timer.unref() // the loop below keeps the process alive, this need not
}

const ctx = new Context(own?.clientConfig())
let left = Number(updates)
for await (const event of ctx.monitor(name, { events: true })) {
  switch (event.type) {
    case 'connected':
      console.log(`connected to ${event.peer}`)
      break
    case 'disconnected': // the monitor searches on by itself
      console.log('disconnected')
      break
    case 'update':
      console.log(event.value.value, 'changed:', [...event.value.$changed].join(' '))
      left -= 1
  }
  if (left <= 0) break // leaving the loop ends the subscription
}
await ctx.close()
await own?.close()
