import { createRequire } from 'node:module'
import type { SinkConfig } from '../config/config.js'
import type { OpenSink } from '../open-sink.js'

const SINK = ['create', 'updateOption', 'bufferOption', 'missing', 'quality', 'maxValues']

export async function openPi(config: SinkConfig): Promise<OpenSink> {
  const { type: _, pvs: __, batch: ___, url, username, password, token, kerberos, ...rest } = config
  const { basic, bearer, negotiate, PiWebApi } = await import('../../pi/index.js')
  if (kerberos !== undefined && kerberos !== false) needKerberos()
  const auth =
    token !== undefined
      ? bearer(token as string)
      : username !== undefined
        ? basic(username as string, (password ?? '') as string)
        : kerberos !== undefined && kerberos !== false
          ? negotiate(kerberos === true ? {} : (kerberos as object))
          : undefined
  const client = Object.entries(rest).filter(([key]) => !SINK.includes(key))
  const how = Object.entries(rest).filter(([key]) => SINK.includes(key))
  const pi = new PiWebApi(url as string, { auth, ...Object.fromEntries(client) })
  const sink = pi.sink(Object.fromEntries(how))
  return {
    sink: {
      write: (batch, options) => sink.write(batch, options),
      close: async () => {
        await sink.close()
        await pi.close()
      },
    },
    history: pi.history(),
  }
}

/** Told at the start, and not with each batch. */
function needKerberos(): void {
  try {
    createRequire(import.meta.url).resolve('kerberos')
  } catch {
    throw new Error('"kerberos" needs a package that is not installed: npm install kerberos@7')
  }
}
