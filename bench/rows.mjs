// What is measured: one entry a row. `server` is a program of bench/native that stays up for the whole row; `sides` are the
// clients that take turns against it, the C++ one first: the others are shown as ratios to it.
//
// A side is [language, program, arguments]. kind says how its output is read (report.mjs).

/** @typedef {readonly [language: 'cpp' | 'ours' | 'p4p' | 'aiopvxs', program: string, args?: Record<string, unknown>]} Side */
/** @typedef {{ id: string, group: string, title: string, kind: string, server?: readonly [string, Record<string, unknown>?], sides: Record<string, Side>, base?: string }} Row */

const python = (args) => ({ p4p: ['p4p', 'p4p_monitor.py', args] })

/** C++, our three forms, p4p; aiopvxs where it can take part. */
function monitorSides(args, { aiopvxs = false, forms = ['await', 'batches', 'callback'], extra = {} } = {}) {
  const ours = Object.fromEntries(
    forms.map((form) => [form, ['ours', 'monitor.mjs', { ...args, ...extra, form }]]),
  )
  return {
    'C++': ['cpp', 'consumer', args],
    ...ours,
    ...python(args),
    ...(aiopvxs ? { aiopvxs: ['aiopvxs', 'aiopvxs_monitor.py', args] } : {}),
  }
}

function monitorRow(id, title, server, args, options) {
  return { id, group: 'monitor', title, kind: 'rate', server: [server], sides: monitorSides(args, options) }
}

const pipelined = (name, pvs, queue) => ({ name, pvs, queue, pipeline: 1 })

const monitors = [
  ...[1, 100, 1000].flatMap((pvs) => [
    monitorRow(
      `replay-${pvs}-q64`,
      `replay server, ${pvs} PV, pipelined, queue 64`,
      'replay_server',
      pipelined('scalar:', pvs, 64),
    ),
    monitorRow(
      `replay-${pvs}-q1000`,
      `replay server, ${pvs} PV, pipelined, queue 1000`,
      'replay_server',
      pipelined('scalar:', pvs, 1000),
    ),
    monitorRow(
      `replay-${pvs}-plain`,
      `replay server, ${pvs} PV, not pipelined, queue 64`,
      'replay_server',
      { name: 'scalar:', pvs, queue: 64 },
      { aiopvxs: pvs <= 100 },
    ),
  ]),
  monitorRow(
    'replay-full',
    'replay server, 100 PVs, every leaf changes, pipelined, queue 64',
    'replay_server',
    pipelined('full:', 100, 64),
  ),
  ...[1, 100].map((pvs) =>
    monitorRow(
      `load-${pvs}-q64`,
      `PVXS server, ${pvs} PV, pipelined, queue 64`,
      'load_server',
      pipelined('load:', pvs, 64),
    ),
  ),
  {
    ...monitorRow(
      'fixed',
      'PVXS server, 100 PVs × 100 Hz, queue 4: processor of the client',
      'load_server',
      { name: 'rate:', pvs: 100, queue: 4 },
      { aiopvxs: true, extra: { delay: 0 } },
    ),
    kind: 'load',
  },
]

const kept = (args) => ['cpp', 'operations', { ...args, keep: 1 }]
const operationSides = (args) => ({
  'C++': ['cpp', 'operations', args],
  ...(args.what === 'get' || args.what === 'put' ? { 'C++ kept': kept(args) } : {}),
  // PVXS's default: a handle waits for the worker when it is released.
  ...(args.what === 'get' && args.inflight
    ? { 'C++ sync': ['cpp', 'operations', { ...args, sync: 1 }] }
    : {}),
  ours: ['ours', 'operations.mjs', args],
  p4p: ['p4p', 'p4p_operations.py', args],
  // 0.3.5 hangs with a thousand in flight.
  ...(args.inflight ? {} : { aiopvxs: ['aiopvxs', 'aiopvxs_operations.py', args] }),
})

/** C++ and ours: the others cannot do it, or nobody wants to know. */
const pair = (args) => ({ 'C++': ['cpp', 'operations', args], ours: ['ours', 'operations.mjs', args] })

function operationRow(id, title, sides, kind = 'operations') {
  return { id, group: 'operations', title, kind, server: ['load_server'], sides }
}

const operations = [
  operationRow('get-same', 'get, one after the other, 1 PV', {
    ...pair({ what: 'get', pvs: 1 }),
    'C++ kept': kept({ what: 'get', pvs: 1 }),
  }),
  operationRow(
    'get-new',
    'get, one after the other, a new PV each time, of a server that is told',
    pair({ what: 'get-new' }),
  ),
  ...['get', 'put', 'rpc'].flatMap((what) => [
    operationRow(`${what}-1`, `${what}, one after the other, 100 PVs`, operationSides({ what })),
    operationRow(
      `${what}-1000`,
      `${what}, 1000 in flight, 100 PVs`,
      operationSides({ what, inflight: 1000 }),
    ),
  ]),
  operationRow(
    'latency',
    'put until its update is in a monitor of the same process, 1 kHz, median',
    { ...pair({ what: 'latency' }), p4p: ['p4p', 'p4p_operations.py', { what: 'latency' }] },
    'latency',
  ),
]

const sizes = [
  ['1kB', 1024, 64],
  ['64kB', 65_536, 16],
  ['1MB', 1_048_576, 4],
  ['8MB', 8_388_608, 4],
]

const arrays = sizes.flatMap(([label, bytes, queue]) => [
  {
    id: `array-in-${label}`,
    group: 'arrays',
    title: `double arrays of ${label} received, replay server, pipelined, queue ${queue}`,
    kind: 'bytes',
    server: ['replay_server'],
    sides: monitorSides(pipelined(`array:${bytes}:`, 1, queue), { forms: ['await', 'callback'] }),
  },
  {
    id: `array-put-${label}`,
    group: 'arrays',
    title: `double arrays of ${label} put, one after the other`,
    kind: 'operations',
    server: ['load_server'],
    sides: operationSides({ what: 'array-put', bytes }),
  },
  {
    id: `array-post-${label}`,
    group: 'arrays',
    title: `double arrays of ${label} posted by a server to 1 subscriber`,
    kind: 'arrays',
    sides: postSides({ bytes }, { queue, array: 1 }),
  },
])

/** Here the sides are servers, and one C++ consumer receives. */
function postSides(args, consumer) {
  return { 'C++': ['cpp', 'post_server', args, consumer], ours: ['ours', 'post.mjs', args, consumer] }
}

const posts = [1, 10].flatMap((contexts) => [
  {
    id: `post-${contexts}`,
    group: 'post',
    title: `a server posts NTScalars as fast as it can, ${contexts} subscriber${contexts > 1 ? 's' : ''}`,
    kind: 'post',
    sides: postSides({}, { queue: 64, contexts }),
  },
  {
    id: `post-${contexts}-fixed`,
    group: 'post',
    title: `a server posts 5000 NTScalars a second, ${contexts} subscriber${contexts > 1 ? 's' : ''}`,
    kind: 'post',
    sides: postSides({ rate: 5000 }, { queue: 64, contexts }),
  },
])

const start = [
  {
    id: 'first-get',
    group: 'start',
    title: 'first get in a new process (search, connect, get), from the first line of the program',
    kind: 'time',
    server: ['load_server'],
    sides: operationSides({ what: 'first' }),
  },
  {
    id: 'import',
    group: 'start',
    title: 'import of the package',
    kind: 'time',
    sides: { ours: ['ours', 'import.mjs'] },
  },
]

const idle = { name: 'static:', pvs: 1000, idle: 1 }
const memory = [
  {
    id: 'memory',
    group: 'memory',
    title: 'memory of 1000 idle subscriptions',
    kind: 'memory',
    server: ['load_server'],
    sides: {
      'C++': ['cpp', 'consumer', idle],
      ...Object.fromEntries(
        ['await', 'callback'].map((form) => [form, ['ours', 'monitor.mjs', { ...idle, form }]]),
      ),
    },
  },
]

const inForm = (form, args) => ['ours', 'monitor.mjs', { ...args, form }]
const crowd = { name: 'new:', pvs: 10_000, idle: 1 }
const streams = [
  {
    id: 'stream-rate',
    group: 'stream',
    title:
      '1000 PVs through a managed stream with a handler, taken in batches; replay server, pipelined, queue 64',
    kind: 'rate',
    server: ['replay_server'],
    base: 'callback',
    sides: {
      callback: inForm('callback', pipelined('scalar:', 1000, 64)),
      stream: inForm('stream', pipelined('scalar:', 1000, 64)),
    },
  },
  {
    id: 'samples-rate',
    group: 'stream',
    title:
      '1000 PVs through a managed stream into samples, a Batcher and a sink; replay server, pipelined, queue 64',
    kind: 'rate',
    server: ['replay_server'],
    base: 'callback',
    sides: {
      callback: inForm('callback', pipelined('scalar:', 1000, 64)),
      samples: inForm('samples', pipelined('scalar:', 1000, 64)),
    },
  },
  {
    id: 'stream-add',
    group: 'stream',
    title:
      'an update that adds a member and one that removes it, median of 100, in a set of 100 and of 10,000',
    kind: 'time',
    server: ['load_server'],
    base: '100',
    sides: {
      100: ['ours', 'stream-add.mjs', { pvs: 100 }],
      10000: ['ours', 'stream-add.mjs', { pvs: 10_000 }],
    },
  },
  {
    id: 'stream-memory',
    group: 'stream',
    title: 'memory of 10,000 idle PVs',
    kind: 'memory',
    server: ['load_server'],
    base: 'monitors',
    sides: { monitors: inForm('await', crowd), stream: inForm('stream', crowd) },
  },
]

/** @type {readonly Row[]} */
export const rows = [...monitors, ...operations, ...arrays, ...posts, ...start, ...memory, ...streams]
