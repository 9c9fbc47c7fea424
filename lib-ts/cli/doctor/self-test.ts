// Whether PVAccess works in this process at all, without a network.
import type { Core } from '../context.js'
import { fail, ok, type Finding } from './finding.js'

const LIMIT = 2_000

/** A server and a client on loopback, and a value that goes through both. */
export async function selfTest({ Context, NTScalar, Server, SharedPV }: Core): Promise<Finding> {
  const sent = Math.random()
  try {
    const server = await Server.isolated({
      pvs: { self: SharedPV.mailbox(new NTScalar('float64'), { value: sent }) },
    }).start()
    const ctx = new Context(server.clientConfig())
    try {
      const got = await ctx.get('self', { timeout: LIMIT })
      if (got['value'] !== sent) throw new Error('another value came back')
      return ok('self-test', 'a server and a client on loopback understand each other')
    } finally {
      await ctx.close()
      await server.close()
    }
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n')
    return fail(
      'self-test',
      'self-test',
      `a server and a client on loopback do not reach each other: ${reason}`,
    )
  }
}
