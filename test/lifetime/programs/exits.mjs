// One way for a process to end, with a server, monitors and pending calls of its own. Argument: its name.
import { Context, NTScalar, Server, setLogger, setLogLevel, SharedPV } from '../../../dist/index.js'

const way = process.argv[2]
const int32 = new NTScalar('int32')

async function busy({ onPut, unref = false } = {}) {
  const pvs = { x: new SharedPV({ type: int32, initial: { value: 1 }, ...(onPut && { onPut }) }) }
  const server = await Server.start({ isolated: true, pvs })
  const ctx = new Context(server.clientConfig())
  if (unref) {
    server.unref()
    ctx.unref()
  }
  return { server, ctx, x: pvs.x }
}

/** A get that nobody answers, a monitor with callbacks, posts all the time. */
function load({ ctx, x }, onUpdate = () => {}) {
  void ctx.get('nobody', { timeout: Infinity }).catch(() => {})
  const subscription = ctx.monitor('x', { onUpdate })
  let n = 0
  setInterval(() => x.post({ value: n++ }), 1).unref()
  return subscription
}

const ways = {
  async closed() {
    const it = await busy()
    await it.ctx.get('x')
    await it.ctx.close()
    await it.server.close()
  },
  async idleContext() {
    const it = await busy()
    await it.ctx.get('x')
    await it.server.close()
  },
  async unusedContext() {
    new Context({ useEnv: false, addressList: ['127.0.0.1'], autoAddressList: false })
  },
  async contextClosedAtOnce() {
    await new Context({ useEnv: false, addressList: ['127.0.0.1'], autoAddressList: false }).close()
  },
  async serverNeverStarted() {
    new Server({ isolated: true, pvs: { x: SharedPV.mailbox(int32) } })
  },
  async unreferenced() {
    load(await busy({ unref: true }))
  },
  // An end that somebody awaits is waited for, whatever may keep the process alive otherwise.
  async unreferencedThenClosed() {
    const it = await busy({ unref: true })
    await it.server.stop()
    await it.server.start()
    await it.ctx.close()
    await it.server.close()
    console.log('closed')
  },
  async exitInCallback() {
    load(await busy(), () => process.exit(3))
  },
  async exitInHandler() {
    const it = await busy({ onPut: () => process.exit(4) })
    await it.ctx.put('x', 1)
  },
  async exitInExitHandler() {
    process.on('exit', () => process.exit(5))
    load(await busy(), () => process.exit(0))
  },
  async exitInLogger() {
    setLogger(() => process.exit(6))
    setLogLevel('pvxs.*', 'debug')
    await busy()
  },
  async exitWhileOpening() {
    const it = Server.start({ isolated: true })
    new Context({ useEnv: false, addressList: ['127.0.0.1'], autoAddressList: false })
    process.exit(it ? 7 : 0)
  },
  async exitWhileClosing() {
    const it = await busy()
    load(it)
    await it.ctx.get('x')
    void it.ctx.close()
    void it.server.close()
    process.exit(8)
  },
  async throwInCallback() {
    load(await busy(), () => {
      throw new Error('thrown in a callback')
    })
  },
  async throwInTimer() {
    load(await busy())
    setTimeout(() => {
      throw new Error('thrown in a timer')
    }, 20)
  },
  async caughtAndGoesOn() {
    const it = await busy()
    let caught = 0
    process.on('uncaughtException', async (error) => {
      if (error.message !== 'once' || ++caught > 1) process.exit(9)
      await it.ctx.get('x')
      await it.ctx.close()
      await it.server.close()
    })
    let thrown = false
    it.ctx.monitor('x', {
      onUpdate() {
        if (thrown) return
        thrown = true
        throw new Error('once')
      },
    })
  },
  async rejected() {
    load(await busy())
    void Promise.reject(new Error('rejected and not handled'))
  },
  async signal() {
    load(await busy())
    console.log('ready')
  },
  async run() {
    const it = await busy()
    load(it)
    setTimeout(() => console.log('ready'), 20)
    await it.server.run()
    await it.ctx.close()
  },
  async abort() {
    load(await busy())
    process.abort()
  },
  async beforeExit() {
    let times = 0
    process.on('beforeExit', async () => {
      if (times++ > 0) return
      const it = await busy()
      console.log((await it.ctx.get('x')).value)
      await it.ctx.close()
      await it.server.close()
    })
  },
  // What does not keep the process alive does not either when somebody awaits it: Node says 13.
  async neverSettles() {
    const ctx = new Context({ useEnv: false, addressList: ['127.0.0.1'], autoAddressList: false })
    ctx.unref()
    await ctx.get('nobody', { timeout: Infinity })
  },
  async pendingGet() {
    const ctx = new Context({ useEnv: false, addressList: ['127.0.0.1'], autoAddressList: false })
    await ctx.get('nobody', { timeout: 300 }).catch((error) => console.log(error.code))
  },
  async startedServer() {
    const server = await Server.start({ isolated: true })
    process.on('SIGTERM', () => void server.close())
    console.log('ready')
  },
  async iteration() {
    const it = await busy()
    it.server.unref()
    process.on('SIGTERM', () => void it.ctx.close())
    console.log('ready')
    for await (const { $id } of it.ctx.monitor('x')) if ($id === '') process.exit(9)
  },
  async twice() {
    const again = await import('../../../dist/index.js?again')
    const it = await busy()
    const other = new again.Context(it.server.clientConfig())
    const [a, b] = await Promise.all([it.ctx.get('x'), other.get('x')])
    console.log(a.value, b.value)
    await Promise.all([other.close(), it.ctx.close()])
    await it.server.close()
  },
}

await ways[way]()
