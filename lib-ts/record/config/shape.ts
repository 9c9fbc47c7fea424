// What a configuration looks like, as data: the validator, the JSON schema and the reference in the docs are made from it.
import {
  flag,
  LONGEST,
  NAME,
  NAMED,
  needed,
  number,
  object,
  text,
  texts,
  whole,
  word,
  type ObjectShape,
  type Shape,
} from './shape-kinds.js'
import { fromShapes } from './from-shapes.js'
import { listShapes } from './list-shapes.js'
import { sinkShapes } from './sink-shapes.js'

export type { Shape } from './shape-kinds.js'

const policy = {
  deadband: number('How far a value must be from the last one recorded.'),
  relative: number('The same as a fraction of the last one recorded.'),
  minPeriod: number('At most one sample in so many ms; the newest that was withheld follows.'),
  every: number('The newest value is recorded again after so many ms without one.', { above: 0 }),
  time: word("Whose clock: the PV's (the default), or ours.", 'source', 'receive'),
  arrays: word('How arrays are recorded. whole', 'whole', 'stats', 'expand', 'skip'),
  maxElements: whole('With expand: how many elements. 64', 1, 1_000_000),
  enums: word('Enums by index (the default), or as text by label.', 'index', 'label'),
  onDisconnect: word('One sample without a value at a disconnect (the default), or none.', 'mark', 'nothing'),
  maxAhead: number('ms that a time stamp may be ahead; a sample beyond is rejected. 1800000'),
  queueSize: whole('Updates that may wait at the server.', 2, 1_000_000),
  sinks: texts('The sinks it goes to, instead of those whose pvs match.'),
}

const connectionTimeout = number('ms of silence after which a connection is dead. 30000', {
  least: 1_500,
  most: 1e12,
})

const pva = object('Where PVs are searched: options of a Context. Fixed while it runs.', {
  useEnv: flag('Whether EPICS_PVA_* variables count. true'),
  addressList: texts('Addresses to search by UDP.'),
  autoAddressList: flag('Whether the broadcast addresses are searched too.'),
  interfaces: texts('Local addresses to use.'),
  nameServers: texts('Servers to search by TCP.'),
  broadcastPort: whole('UDP port of searches.', 1, 65_535),
  serverPort: whole('TCP port of servers named without one.', 1, 65_535),
  connectionTimeout,
  timeout: number('ms that a call may take. 5000', { above: 0 }),
})

const status = object('PVs about the recorder itself, by a PVAccess server. Fixed while it runs.', {
  prefix: needed(text('What their names begin with: REC1:')),
  isolated: flag('On loopback and a free port only.'),
  useEnv: flag('Whether EPICS_PVAS_* variables count. true'),
  interfaces: texts('Local addresses to listen on; all by default.'),
  ignoreAddresses: texts('Hosts whose searches are ignored.'),
  beaconDestinations: texts('Where beacons go.'),
  autoBeacon: flag('Whether beacons go to the broadcast addresses too. true'),
  tcpPort: whole('5075; 0 takes a free one.', 0, 65_535),
  udpPort: whole('5076; 0 takes a free one.', 0, 65_535),
  connectionTimeout,
  maxQueueSize: whole('The longest queue that a client may ask for. 100000', 64, 0xffff_ffff),
})

const http = object('Health, metrics and status by HTTP. Fixed while it runs.', {
  port: needed(whole('0 takes a free one.', 0, 65_535)),
  host: text('The address to listen on. 127.0.0.1'),
  token: text('What POST /reload and PATCH /pvs need as a bearer token; without it they are refused.'),
  unhealthyAfter: number('ms that a sink may write nothing while samples wait. 60000', { above: 0 }),
  readyAfter: number('ms after which it is ready even though PVs are missing. 30000'),
})

const history = object(
  'What was recorded, for clients: by RPC, and on the port of http. Fixed while it runs.',
  {
    service: text('The name of the RPC service. hist'),
    store: needed(text('A sink that can be read, or a store of the program.')),
    maxSamples: whole('Samples of one answer at most. 1000000', 1),
    timeout: number('ms that an answer may take. 60000', { above: 0 }),
  },
)

const entry: Shape = {
  kind: 'either',
  about: 'A PV: its name, or its name with a policy; or a file of names.',
  of: {
    text: text('The name of a PV.'),
    object: object(
      'A PV with a policy, or a file of names with one for all of them.',
      {
        name: text('The name of a PV.'),
        file: text('A file of names: one a line, # begins a comment.'),
        profile: text('A policy of profiles.'),
        ...policy,
      },
      { oneOf: ['name', 'file'] },
    ),
  },
}

/** A whole configuration. */
export const configShape: ObjectShape = object(
  'What is recorded, and where it goes.',
  {
    $schema: text('The schema, for editors.'),
    name: text('The name of this recorder; the host and the file by default. Fixed while it runs.', {
      pattern: NAME,
      wanted: NAMED,
    }),
    pva,
    defaults: object('A policy for all PVs.', policy),
    profiles: {
      kind: 'map',
      name: NAME,
      wanted: NAMED,
      of: object('A policy.', policy),
      about: 'Policies by name; a PV has one by "profile".',
    },
    pvs: { kind: 'list', of: entry, about: 'The PVs to record.' },
    from: {
      kind: 'variants',
      of: fromShapes,
      about: 'Samples from a broker, instead of PVs. Fixed while it runs.',
    },
    list: {
      kind: 'variants',
      of: listShapes,
      about: 'A broker that keeps the list of PVs, instead of pvs. Fixed while it runs.',
    },
    sinks: needed({
      kind: 'map',
      name: NAME,
      wanted: NAMED,
      of: { kind: 'variants', of: sinkShapes, about: 'A sink.' },
      about: 'Where the samples go, by name.',
    }),
    spool: object('A folder in which samples wait for their sinks, so that no crash loses them.', {
      dir: needed(text('The folder; each sink has one in it. Fixed while it runs.')),
      maxBytes: whole('Bytes for each sink at most. 1073741824', 1),
      sync: flag('Whether the disk itself has the samples before they count as taken. true'),
    }),
    status,
    http,
    history,
    watch: flag('Whether a change of the file is a reload. false'),
    drain: number('ms that what waits may need at the end. 10000', { least: 0, most: LONGEST }),
  },
  { oneOf: ['pvs', 'from', 'list'] },
)
