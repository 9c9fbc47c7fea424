// Clients of the Archiver Appliance and of PVAccess in Python read a history that is served.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { serveHistory, type HistoryServer } from 'node-pvxs/record'
import type { Sample } from 'node-pvxs/telemetry'
import { environment } from '../../scripts/tests/venv.mjs'
import { clientEnv, START_MS } from '../interop/env.js'
import { leavesNothing, loopback } from '../unit/fixtures.js'
import { LAB, sample, SECONDS0, storeOf, T0, temperature } from './history-store.js'

leavesNothing()

const run = promisify(execFile)

async function serving(samples: readonly Sample[]): Promise<HistoryServer> {
  const { server } = await loopback({}, { after: onTestFinished })
  const served = await serveHistory(await storeOf(samples, onTestFinished), { server, http: { port: 0 } })
  onTestFinished(() => served.close())
  return served
}

/** What a program prints as JSON. */
async function python(name: 'peers' | 'archiver', code: string, served: HistoryServer): Promise<unknown> {
  const args = ['-c', code, String(served.port)]
  const { stdout } = await run(await environment(name), args, { env: clientEnv(served.server.tcpPort) })
  return JSON.parse(stdout)
}

const WAVE: readonly Sample[] = [
  sample({ id: 'lab:w', type: 'float32[]' }, 0, Float32Array.of(0.5, 1.5)),
  sample({ id: 'lab:w', type: 'float32[]' }, 1, Float32Array.of(-2)),
]

it(
  'p4p reads samples, arrays, several PVs, windows, the state at one time and names',
  async () => {
    const served = await serving([...LAB, ...WAVE])
    const seen = await python(
      'peers',
      `
import json
from p4p.client.thread import Context, RemoteError
from p4p.nt import NTURI
ctx = Context('pva', nt=False)

def ask(service, **args):
    types = {str: 's', int: 'l', float: 'd', bool: '?'}
    uri = NTURI([(k, types[type(v)]) for k, v in args.items()])
    return ctx.rpc(service, uri.wrap(service, kws=args), timeout=20)

def columns(table):
    out = {}
    for name in table.value.keys():
        column = table.value[name]
        out[name] = [c.value.tolist() for c in column] if table.getID().find('Complex') > 0 and name == 'values' else list(map(lambda x: x.item() if hasattr(x, 'item') else x, column))
    return out

T = {'from': '2023-11-14T22:13:20Z', 'to': ${SECONDS0} + 3}
t = ask('hist', pv='lab:t', **T)
several = ask('hist', pv='lab:t,lab:mode', limit=1, **T)
try:
    ask('hist', pv='lab:u')
    refused = None
except RemoteError as e:
    refused = str(e)
print(json.dumps({
    'id': t.getID(), 'labels': list(t.labels), 'descriptor': t.descriptor, 't': columns(t),
    'w': columns(ask('hist', pv='lab:w', **T)),
    'several': [[one.pvName, columns(one.value)['values']] for one in several.value],
    # JSON has no word for the deviation of one value.
    'windows': {k: v for k, v in columns(ask('hist', pv='lab:t', width='2s', **T)).items() if k != 'stddev'},
    'at': columns(ask('hist:at', pv='lab:t,lab:mode', time=${SECONDS0} + 4.5)),
    'names': list(ask('hist:search', pv='lab:*').value),
    'regex': list(ask('hist:search', regex='lab:[tw]').value),
    'refused': refused,
}))`,
      served,
    )
    const seconds = [0, 1, 2].map((i) => SECONDS0 + i)
    const zeros = [0, 0, 0]
    const names = ['secondsPastEpoch', 'values', 'nanoseconds', 'severity', 'status']
    expect(seen).toEqual({
      id: 'epics:nt/NTTable:1.0',
      labels: names,
      descriptor: 'lab:t',
      t: { secondsPastEpoch: seconds, values: [0, 1, 2], nanoseconds: zeros, severity: zeros, status: zeros },
      w: expect.objectContaining({ values: [[0.5, 1.5], [-2]] }) as unknown,
      several: [
        ['lab:t', [0]],
        ['lab:mode', [0]],
      ],
      windows: expect.objectContaining({
        values: [0.5, 2],
        min: [0, 2],
        max: [1, 2],
        count: [2, 1],
      }) as unknown,
      at: expect.objectContaining({
        pv: ['lab:t', 'lab:mode'],
        values: ['4', 'On'],
        severity: [0, 2],
      }) as unknown,
      names: ['lab:mode', 'lab:t', 'lab:w'],
      regex: ['lab:t', 'lab:w'],
      refused: 'unknown PV "lab:u": the store has nothing of it',
    })
  },
  START_MS,
)

it(
  'the Python client of the Archiver Appliance reads every type, over two years, by operators and by search',
  async () => {
    const newYear = Date.UTC(2024, 0, 1) / 1_000 - SECONDS0
    const types: readonly Sample[] = [
      sample({ id: 'x:string', type: 'string' }, 0, 'a\n\r\u001bä'),
      sample({ id: 'x:short', type: 'int16' }, 0, -32_768),
      sample({ id: 'x:float', type: 'float32' }, 0, 0.5),
      sample({ id: 'x:enum', type: 'enum', choices: ['Off', 'On'] }, 0, 1),
      sample({ id: 'x:int', type: 'int32' }, 0, -(2 ** 31)),
      sample({ id: 'x:double', type: 'float64' }, 0, 1e300),
      sample({ id: 'x:long', type: 'int64' }, 0, 2n ** 40n),
      sample({ id: 'x:strings', type: 'string[]' }, 0, ['a', '']),
      sample({ id: 'x:shorts', type: 'int16[]' }, 0, Int16Array.of(-1, 10)),
      sample({ id: 'x:floats', type: 'float32[]' }, 0, Float32Array.of(0.5, -2)),
      sample({ id: 'x:ints', type: 'int32[]' }, 0, Int32Array.of(-1, 10)),
      sample({ id: 'x:doubles', type: 'float64[]' }, 0, Float64Array.of(1e300, 13)),
    ]
    const turn = [-1, 0].map((i) => sample(temperature, newYear + i, 100 + i, { severity: 2, status: 3 }))
    const served = await serving([...LAB, ...types, ...turn])
    const seen = await python(
      'archiver',
      `
import json, sys
from datetime import datetime, timezone, timedelta
from epicsarchiver.retrieval.client.archiver_retrieval import ArchiverRetrieval
from epicsarchiver.retrieval.client.processor import Processor, ProcessorName
client = ArchiverRetrieval('127.0.0.1', int(sys.argv[1]))
start = datetime.fromtimestamp(${SECONDS0}, tz=timezone.utc)

def read(pv, seconds=10, at=start, processor=None):
    meta, events = client.get_events(pv, at, at + timedelta(seconds=seconds), processor)
    return [[e.timestamp_ns, list(e.val) if hasattr(e.val, 'append') else e.val, e.severity, e.status] for e in events]

meta, _ = client.get_events('lab:t', start, start + timedelta(days=90))
print(json.dumps({
    't': read('lab:t', 3),
    'before': read('lab:t', 1, start + timedelta(seconds=5.5)),
    'years': [e[1:] for e in read('lab:t', 90 * 86400)][-2:],
    'meta': {str(y): [m.pv_name, [[h.name, h.value] for h in m.headers]] for y, m in meta.items()},
    'types': {pv: read(pv)[0][1] for pv in client.search('^x:')},
    'mean': [e[1] for e in read('lab:t', processor=Processor(ProcessorName.MEAN, 4))],
    'recorded': client.search('lab:.*', start=start, end=start + timedelta(seconds=20)),
}))`,
      served,
    )
    expect(seen).toEqual({
      t: [0, 1, 2].map((i) => [Number(T0) + i * 1e9, i, 0, 0]),
      before: [
        [Number(T0) + 5e9, 5, 0, 0],
        [Number(T0) + 6e9, 6, 0, 0],
      ],
      years: [
        [99, 2, 3],
        [100, 2, 3],
      ],
      meta: { 2023: ['lab:t', [['EGU', 'C']]], 2024: ['lab:t', [['EGU', 'C']]] },
      types: {
        'x:string': 'a\n\r\u001bä',
        'x:short': -32_768,
        'x:float': 0.5,
        'x:enum': 1,
        'x:int': -(2 ** 31),
        'x:double': 1e300,
        'x:long': 2 ** 40,
        'x:strings': ['a', ''],
        'x:shorts': [-1, 10],
        'x:floats': [0.5, -2],
        'x:ints': [-1, 10],
        'x:doubles': [1e300, 13],
      },
      mean: [1.5, 5.5, 8.5],
      // Of an enum without a value there is nothing that could say so.
      recorded: ['lab:t'],
    })
  },
  START_MS,
)
