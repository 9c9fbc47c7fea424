// nats-py and the decoders of ESS read what ours wrote, and ours reads what nats-py wrote.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NatsReader, NatsSink, type ReaderBatch } from 'node-pvxs/nats'
import type { Sample } from 'node-pvxs/telemetry'
import { NatsServer, python } from './nats-server.js'
import { counts } from './samples.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

/** What a program for nats-py prints, as JSON. `js` is its JetStream, `servers` where it is. */
async function ran(program: string): Promise<unknown> {
  const whole = `
import asyncio, json, nats
async def main():
    nc = await nats.connect("nats://${server.address}")
    js = nc.jetstream()
${program.replace(/^/gm, '    ')}
    await nc.close()
asyncio.run(main())
`
  const { stdout } = await promisify(execFile)(python, ['-c', whole], { timeout: 60_000 })
  return JSON.parse(stdout) as unknown
}

describe('nats-py', () => {
  it('reads our JSON under our subjects', async () => {
    await using sink = new NatsSink({
      servers: [server.address],
      stream: 'json',
      subject: 'json',
      createStream: {},
    })
    await sink.write(counts('lab:a.b', 0, 3))
    const read = await ran(`
sub = await js.pull_subscribe("json.>", "py", stream="json")
msgs = await sub.fetch(3, timeout=5)
print(json.dumps([[m.subject, json.loads(m.data)] for m in msgs]))`)
    expect(read).toEqual(
      [0, 1, 2].map((value) => [
        'json.lab:a=2Eb',
        {
          pv: 'lab:a.b',
          type: 'int32',
          time: String(1_700_000_000_000_000_000n + BigInt(value) * 1_000_000n),
          value,
          severity: 0,
          status: 0,
        },
      ]),
    )
  })

  it('and the decoders of ESS read our f144, al00 and ep01', async () => {
    await using sink = new NatsSink({
      servers: [server.address],
      stream: 'ess',
      subject: 'ess',
      createStream: {},
      format: 'f144',
    })
    const scalar = (id: string, type: string, value: unknown): Sample =>
      ({
        series: { id, type },
        time: 1_700_000_000_123_456_789n,
        value,
        severity: 2,
        message: 'HIHI',
      }) as Sample
    const batch = [
      scalar('int8', 'int8', -5),
      scalar('uint16', 'uint16', 65_535),
      scalar('int64', 'int64', -(2n ** 62n)),
      scalar('uint64', 'uint64', 2n ** 63n),
      scalar('float32', 'float32', Math.fround(0.1)),
      scalar('float64', 'float64', Math.PI),
      scalar('bool', 'bool', true),
      scalar('enum', 'enum', 3),
      scalar('int16[]', 'int16[]', Int16Array.of(1, -2, 3)),
      scalar('float64[]', 'float64[]', Float64Array.of(0.5, -1e300)),
      scalar('uint8[]', 'uint8[]', Uint8Array.of(1, 2, 3, 4, 5)),
    ]
    const lost: Sample = { series: { id: 'lost', type: 'float64' }, time: 5n, value: null, severity: 4 }
    expect(await sink.write([...batch, lost])).toEqual({ written: batch.length + 1, rejected: [] })
    const read = (await ran(`
import numpy as np
from streaming_data_types import deserialise_f144, deserialise_al00, deserialise_ep01
sub = await js.pull_subscribe("ess.>", "py", stream="ess")
out = []
for m in await sub.fetch(100, timeout=2):
    kind = bytes(m.data[4:8]).decode()
    if kind == "f144":
        x = deserialise_f144(m.data)
        v = np.asarray(x.value)
        # A single value comes as a number of Python, which has no width.
        out.append([kind, x.source_name, str(x.timestamp_unix_ns), v.ndim and str(v.dtype), [str(i) for i in v.ravel()]])
    elif kind == "al00":
        x = deserialise_al00(m.data)
        out.append([kind, x.source, str(x.timestamp_ns), x.severity.name, x.message])
    else:
        x = deserialise_ep01(m.data)
        out.append([kind, x.source_name, str(x.timestamp), x.status.name, x.service_id])
print(json.dumps(out))`)) as unknown[][]
    const of = (kind: string, pv: string): unknown[][] => read.filter((it) => it[0] === kind && it[1] === pv)
    const time = '1700000000123456789'
    expect(of('f144', 'int8')).toEqual([['f144', 'int8', time, 0, ['-5']]])
    expect(of('f144', 'uint16')).toEqual([['f144', 'uint16', time, 0, ['65535']]])
    expect(of('f144', 'int64')).toEqual([['f144', 'int64', time, 0, [String(-(2n ** 62n))]]])
    expect(of('f144', 'uint64')).toEqual([['f144', 'uint64', time, 0, [String(2n ** 63n)]]])
    expect(of('f144', 'float32')).toEqual([['f144', 'float32', time, 0, ['0.10000000149011612']]])
    expect(of('f144', 'float64')).toEqual([['f144', 'float64', time, 0, [String(Math.PI)]]])
    expect(of('f144', 'bool')).toEqual([['f144', 'bool', time, 0, ['1']]])
    expect(of('f144', 'enum')).toEqual([['f144', 'enum', time, 0, ['3']]])
    expect(of('f144', 'int16[]')).toEqual([['f144', 'int16[]', time, 'int16', ['1', '-2', '3']]])
    expect(of('f144', 'float64[]')).toEqual([['f144', 'float64[]', time, 'float64', ['0.5', '-1e+300']]])
    expect(of('f144', 'uint8[]')).toEqual([['f144', 'uint8[]', time, 'uint8', ['1', '2', '3', '4', '5']]])
    expect(of('al00', 'int8')).toEqual([['al00', 'int8', time, 'MAJOR', 'HIHI']])
    expect(of('al00', 'lost')).toEqual([['al00', 'lost', '5', 'INVALID', '']])
    expect(of('ep01', 'int8')).toEqual([['ep01', 'int8', time, 'CONNECTED', 'node-pvxs']])
    expect(of('ep01', 'lost')).toEqual([['ep01', 'lost', '5', 'DISCONNECTED', 'node-pvxs']])
  })

  it('writes what our reader reads: JSON and f144 of others, and garbage that is passed over', async () => {
    await ran(`
from streaming_data_types import serialise_f144
await js.add_stream(name="theirs", subjects=["theirs.>"])
await js.publish("theirs.a", json.dumps({"value": 1.5, "severity": 0, "more": [1], "type": "float64", "time": "7", "pv": "a"}, indent=None).encode())
await js.publish("theirs.b", b"no sample")
await js.publish("theirs.c", serialise_f144("c", 42, 9))
print("1")`)
    await using reader = new NatsReader({ servers: [server.address], stream: 'theirs', consumer: 'ours' })
    const samples: Sample[] = []
    const rejected: ReaderBatch['rejected'][number][] = []
    for await (const batch of reader) {
      samples.push(...batch.samples)
      rejected.push(...batch.rejected)
      if (samples.length === 2) break
    }
    expect(samples).toEqual([
      { series: { id: 'a', type: 'float64' }, time: 7n, value: 1.5, severity: 0 },
      { series: { id: 'c', type: 'int64' }, time: 9n, value: 42n, severity: 0 },
    ])
    expect(rejected).toEqual([
      { reason: 'a FlatBuffers message: it is "ampl", not f144, al00 or ep01', where: 'theirs@2' },
    ])
  })
})
