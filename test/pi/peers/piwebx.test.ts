// piwebx, a client that knows nothing of ours, works with the simulator.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { environment } from '../../../scripts/tests/venv.mjs'
import { piSimulator, type PiSimulator, type SimulatorOptions } from 'node-pvxs/testing'

const run = promisify(execFile)
const minute = (n: number): string => `2026-01-01T00:0${n}:00Z`

async function simulator(options: SimulatorOptions): Promise<PiSimulator> {
  const sim = await piSimulator(options)
  onTestFinished(() => sim.close())
  return sim
}

/** Runs the body of `async def main(client)`, and gives what it returns. */
async function python(sim: PiSimulator, body: string): Promise<unknown> {
  const program = `
import asyncio, json, sys
from datetime import datetime, timezone
from httpx import AsyncClient
import piwebx
utc = lambda minute: datetime(2026, 1, 1, 0, minute, tzinfo=timezone.utc)
async def main(client):
${body.replace(/^/gm, '    ')}
async def run():
    async with AsyncClient(base_url=sys.argv[1] + '/', timeout=30) as client:
        print(json.dumps(await main(client), default=str))
asyncio.run(run())`
  const { stdout } = await run(await environment('piwebx'), ['-c', program, sim.url], { timeout: 120_000 })
  return JSON.parse(stdout)
}

it('piwebx finds points, their types and servers', async () => {
  const sim = await simulator({
    points: {
      sinusoid: { value: 1 },
      mode: { digitalSet: 'Modes', value: 'On' },
      sin2: { value: 2, type: 'Int32' },
    },
    digitalSets: { Modes: ['Off', 'On'] },
    attributes: { 'Plant\\Pump1|Flow': { value: 3 } },
  })
  const said = await python(
    sim,
    `
found, missing = await piwebx.find_points_web_id(client, ['sinusoid', 'SIN2', 'mode', 'nosuch', 'sin*'])
types = await piwebx.find_points_type(client, [web_id for _, web_id in found])
await piwebx.find_assetdatabase_web_id(client, 'Plant')
path = '\\\\\\\\AFSRV\\\\Plant\\\\Pump1'
elements, _ = await piwebx.find_elements_web_id(client, [path])
attributes, nothing = await piwebx.find_attributes_web_id(client, [path + '|Flow', path + '|Nosuch'])
return [[name for name, _ in found], missing, list(types.values()), [name for name, _ in elements], [name for name, _ in attributes], nothing]`,
  )
  expect(said).toEqual([
    ['SINUSOID', 'SIN2', 'MODE'],
    ['NOSUCH', 'SIN*'],
    ['Float64', 'Int32', 'Digital'],
    ['\\\\AFSRV\\PLANT\\PUMP1'],
    ['\\\\AFSRV\\PLANT\\PUMP1|FLOW'],
    ['\\\\AFSRV\\PLANT\\PUMP1|NOSUCH'],
  ])
}, 300_000)

it('piwebx reads recorded, interpolated and current values', async () => {
  const sim = await simulator({ points: { a: {}, b: {} } })
  sim.load(
    'a',
    [0, 1, 2, 3].map((n) => [minute(n), n]),
  )
  sim.load(
    'b',
    [0, 2].map((n) => [minute(n), 10 + n]),
  )
  sim.post('a', 5)
  sim.post('b', 6.5)
  const said = await python(
    sim,
    `
found, _ = await piwebx.find_points_web_id(client, ['a', 'b'])
ids = [web_id for _, web_id in found]
rows = lambda all: [[time.minute, row] for time, row in all]
recorded = rows([row async for row in piwebx.get_recorded(client, ids, utc(0), utc(3), timezone='UTC')])
interpolated = rows([row async for row in piwebx.get_interpolated(client, ids, utc(0), utc(2), 60, timezone='UTC')])
_, current = await piwebx.get_current(client, ids, timezone='UTC')
return [recorded, interpolated, current]`,
  )
  expect(said).toEqual([
    [
      [0, [0, 10]],
      [1, [1, null]],
      [2, [2, 12]],
      [3, [3, 12]],
    ],
    [
      [0, [0, 10]],
      [1, [1, 11]],
      [2, [2, 12]],
    ],
    [5, 6.5],
  ])
}, 300_000)

it('piwebx listens to 300 points over several sockets', async () => {
  const names = Array.from({ length: 300 }, (_, i) => `tag-${i}`)
  const sim = await simulator({ points: Object.fromEntries(names.map((name) => [name, { value: 0 }])) })
  const said = python(
    sim,
    `
found, _ = await piwebx.find_points_web_id(client, ${JSON.stringify(names)})
names = {web_id: name for name, web_id in found}
first, then = {}, {}
async with piwebx.open_channel_group(client, list(names), include_initial_values=True, timezone='UTC') as group:
    async for value in group:
        seen = first if value[2] == 0 else then
        seen[names[value[0]]] = value[2]
        if len(first) == 300 and not then:
            await client.get('system')
        if len(then) == 300:
            break
return [len(first), then]`,
  )
  // It asks for the landing page when it has all initial values: the moment from which changes count.
  const ready = new Promise<void>((resolve) =>
    sim.intercept(({ path }) => {
      if (path === 'system') resolve()
      return undefined
    }),
  )
  await Promise.race([ready, said])
  const sockets = sim.sockets
  names.forEach((name, i) => sim.post(name, i + 1))
  expect(await said).toEqual([300, Object.fromEntries(names.map((name, i) => [name.toUpperCase(), i + 1]))])
  expect(sockets).toBeGreaterThan(1)
}, 300_000)

it('piwebx reads the value at a time, and the attributes of an element with their types', async () => {
  const sim = await simulator({
    points: { a: {}, mode: { digitalSet: 'Modes' } },
    digitalSets: { Modes: ['Off', 'On'] },
    attributes: { 'Plant\\Pump1|Flow': { value: 3 }, 'Plant\\Pump1|Name': { value: 'P1' } },
  })
  sim.load('a', [
    [minute(0), 10],
    [minute(2), 20],
  ])
  sim.load('mode', [[minute(1), 'On']])
  const said = await python(
    sim,
    `
found, _ = await piwebx.find_points_web_id(client, ['a', 'mode'])
ids = [web_id for _, web_id in found]
path = '\\\\\\\\AFSRV\\\\Plant\\\\Pump1'
[[_, element]], _ = await piwebx.find_elements_web_id(client, [path])
attributes = await piwebx.find_attributes_web_id_from_element(client, element)
types = await piwebx.find_attributes_type(client, [*attributes.values(), 'I1DPxxx'])
try:
    await piwebx.find_attributes_web_id_from_element(client, 'I1EmAAAA')
    failed = None
except Exception as error:
    failed = type(error).__name__
recorded, interpolated = [], []
for n in range(2):
    recorded.append((await piwebx.get_recorded_at_time(client, ids, utc(n), timezone='UTC'))[1])
    interpolated.append((await piwebx.get_interpolated_at_time(client, ids, utc(n), timezone='UTC'))[1])
return [recorded, interpolated, list(attributes), list(types.values()), failed]`,
  )
  expect(said).toEqual([
    [
      [10, null],
      [10, 'On'],
    ],
    [
      [10, null],
      [15, 'On'],
    ],
    ['\\\\AFSRV\\Plant\\Pump1|Flow', '\\\\AFSRV\\Plant\\Pump1|Name'],
    ['Double', 'String', null],
    'HTTPStatusError',
  ])
}, 300_000)

it('piwebx follows states, texts and bad values, gets answers to its pings, and hears of a cut', async () => {
  const sim = await simulator({
    points: { mode: { digitalSet: 'Modes', value: 'On' }, note: { value: 'first' }, level: { value: 1 } },
    digitalSets: { Modes: ['Off', 'On'] },
  })
  const said = python(
    sim,
    `
found, _ = await piwebx.find_points_web_id(client, ['mode', 'note', 'level'])
names = {web_id: name for name, web_id in found}
values = []
try:
    async with piwebx.open_channel_group(client, list(names), include_initial_values=True,
        keepalive_ping_interval_seconds=0.02, keepalive_ping_timeout_seconds=5) as group:
        async for web_id, _, value in group:
            values.append([names[web_id], value])
            if len(values) == 3:
                await asyncio.sleep(0.2) # ten pings
                await client.get('system')
            if len(values) == 6:
                try:
                    await client.get('system/status')
                except Exception:
                    pass # this connection is cut too
except piwebx.ChannelGroupException as error:
    return [sorted(values[:3]), sorted(values[3:]), len(error.exceptions)]`,
  )
  sim.intercept(({ path }) => {
    if (path === 'system') {
      sim.post('mode', 'Off')
      sim.post('note', 'second')
      sim.post('level', 'I/O Timeout', { system: true })
    }
    if (path === 'system/status') setImmediate(() => sim.dropSockets())
    return undefined
  })
  expect(await said).toEqual([
    [
      ['LEVEL', 1],
      ['MODE', 'On'],
      ['NOTE', 'first'],
    ],
    [
      ['LEVEL', null],
      ['MODE', 'Off'],
      ['NOTE', 'second'],
    ],
    1,
  ])
}, 300_000)
