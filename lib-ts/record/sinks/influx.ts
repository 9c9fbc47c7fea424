import type { SinkConfig } from '../config/config.js'
import type { OpenSink } from '../open-sink.js'

export async function openInflux(config: SinkConfig): Promise<OpenSink> {
  const { type: _, pvs: __, batch: ___, username, password, token, ...rest } = config
  const { layout, prefix, tags, metadata, uint64, ...client } = rest
  const { InfluxDB } = await import('../../influx/index.js')
  const auth =
    token !== undefined
      ? { token }
      : username !== undefined
        ? { username, password: password ?? '' }
        : undefined
  const db = new InfluxDB({ ...client, ...(auth === undefined ? {} : { auth }) } as never)
  const how = { layout, prefix, tags, metadata, uint64 } as object
  const sink = db.sink(how)
  return {
    sink: {
      write: (batch, options) => sink.write(batch, options),
      close: async () => {
        await sink.close()
        await db.close()
      },
    },
    history: db.history({ layout, prefix } as object),
  }
}
