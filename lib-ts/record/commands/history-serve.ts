// `history serve`: a store for clients of PVAccess and HTTP, until a signal.
import { isIP } from 'node:net'
import { escapeLine, quote } from '../../input/index.js'
import { InvalidArgumentError, ResourceError } from '../../errors.js'
import { text, UsageError, valued, type CommandContext } from '../../cli/index.js'
import type { History } from '../../telemetry/index.js'
import { serveHistory, type HistoryHttpOptions, type HistoryServer } from '../index.js'

export const service = valued(
  'service',
  'NAME',
  'with serve: the name of the RPC service, default hist',
  text,
)
export const http = valued(
  'http',
  '[HOST:]PORT',
  'with serve: HTTP too, on 127.0.0.1 unless a host is named; 0: a free port',
  (word, option): HistoryHttpOptions => {
    const [, host = '', digits = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(word) ?? []
    const port = Number(digits)
    const plain = host.replace(/^\[(.*)\]$/, '$1')
    const isOne = plain.includes(':') ? isIP(plain) === 6 && host !== plain : true
    if (digits === '' || port > 65_535 || !isOne)
      throw new UsageError(`${option}: ${quote(word)} is not a port, or HOST:PORT`)
    return host === '' ? { port } : { port, host: plain }
  },
)

/** @param asJson whether the line that says it is ready is JSON */
export async function serve(context: CommandContext, store: History, asJson: boolean): Promise<void> {
  const { options } = context
  await context.core() // its log is led to stderr
  const served = await started(store, { service: options.of(service), http: options.of(http) })
  const { server, services, url } = served
  const { tcpPort, udpPort } = server
  if (asJson) await context.stdout.write(`${JSON.stringify({ services, tcpPort, udpPort, url })}\n`)
  else if (url !== undefined) await context.stdout.write(`${url}\n`)
  const where = server.config.interfaces.map((one) => `${one.includes(':') ? `[${one}]` : one}:${tcpPort}`)
  context.note(`${escapeLine(services.join(', '))} on ${where.join(', ')}, searches on UDP port ${udpPort}`)
  await context.untilSignal()
  await served.close()
}

/** A name or a port that is taken is exit 2. */
async function started(store: History, options: Parameters<typeof serveHistory>[1]): Promise<HistoryServer> {
  try {
    return await serveHistory(store, options)
  } catch (error) {
    const typed = error instanceof InvalidArgumentError || error instanceof ResourceError
    throw typed ? new UsageError(error.message) : error
  }
}
