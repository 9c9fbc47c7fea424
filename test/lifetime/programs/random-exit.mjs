// Ends with process.exit(0) at a moment of its own choosing, with 100 calls, 10 monitors and a server under way.
// Arguments: ms after everything was started.
import { Context, NTScalar, Server, SharedPV } from '../../../dist/index.js'

const delay = Number(process.argv[2])
const int32 = new NTScalar('int32')
const slow = new SharedPV({ type: int32, initial: {}, onRpc: () => new Promise(() => {}), onPut: () => ({}) })
const fast = SharedPV.mailbox(int32)
const server = await Server.start({ isolated: true, pvs: { slow, fast } })
const ctx = new Context(server.clientConfig())
const quiet = () => {}
for (let k = 0; k < 10; k++) {
  ctx.monitor('fast', { onUpdate: quiet })
  for (let i = 0; i < 4; i++) ctx.get('fast').catch(quiet)
  for (let i = 0; i < 2; i++) ctx.put('slow', k).catch(quiet)
  for (let i = 0; i < 2; i++) ctx.rpc('slow').catch(quiet)
  for (let i = 0; i < 2; i++) ctx.get(`nobody${i}`).catch(quiet)
}
let n = 0
const post = () => {
  for (let i = 0; i < 20; i++) fast.post({ value: n++ })
  setImmediate(post)
}
post()
setTimeout(() => {
  const begin = performance.now()
  process.on('exit', () => console.log(JSON.stringify({ n, began: performance.timeOrigin + begin })))
  process.exit(0)
}, delay)
