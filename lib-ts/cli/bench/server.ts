// The server that bench measures against, in a process of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { SharedPV } from '../../index.js'
import type { CommandContext } from '../context.js'

/** Set for the process that serves. */
export const SERVES = 'NODE_PVXS_BENCH_SERVES'

export const SCALAR = 'bench:scalar'
export const UPDATES = 'bench:updates'
export const ARRAY = 'bench:array'
export const ARRAY_LENGTH = 1_000_000

const BURST = 100 // posts of a scalar between two looks at the event loop

/** Serves until its input ends, which it does with the process that measures. */
export async function serveBench(context: CommandContext): Promise<void> {
  const { NTScalar, Server, SharedPV } = await context.core()
  const scalar = SharedPV.mailbox(new NTScalar('float64'), { value: 0 })
  const updates = SharedPV.readonly(new NTScalar('float64'), { value: 0 })
  const stop = postTo(updates)
  const array = SharedPV.readonly(new NTScalar('float64[]'), { value: new Float64Array(ARRAY_LENGTH) })
  const server = await Server.start({
    isolated: true,
    pvs: { [SCALAR]: scalar, [UPDATES]: updates, [ARRAY]: array },
  })
  context.talk(`${server.tcpPort}\n`)
  process.stdin.resume()
  await Promise.race([once(process.stdin, 'close'), context.untilSignal()])
  stop()
  await server.close()
}

const IDLE = 5 // ms

/** Posts as fast as it can while somebody listens. */
function postTo(pv: SharedPV): () => void {
  let n = 0
  let over = false
  const turn = (): void => {
    if (over) return
    if (pv.subscribers === 0) {
      setTimeout(turn, IDLE)
      return
    }
    for (let k = 0; k < BURST; k++) pv.post({ value: ++n })
    setImmediate(turn)
  }
  turn()
  return () => void (over = true)
}

export interface BenchServer {
  readonly address: string
  stop(): void
}

/** Starts it and waits until it serves. */
export async function startServer(context: CommandContext): Promise<BenchServer> {
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'bench'], {
    env: { ...process.env, [SERVES]: '1' },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const stop = (): void => void child.kill('SIGKILL')
  context.signal.addEventListener('abort', stop, { once: true })
  return { address: `127.0.0.1:${await portOf(child)}`, stop }
}

async function portOf(child: ChildProcess): Promise<number> {
  let said = ''
  for await (const text of child.stderr ?? []) {
    said += String(text)
    const [port] = /^\d+(?=\n)/m.exec(said) ?? []
    if (port !== undefined) return Number(port)
  }
  throw new Error(`the server of the benchmark did not start: ${said.trim()}`)
}
