// What a configuration looks like, as data: the validator, the JSON schema and the reference in the docs are made from it.

/** A place in a configuration. `about` is one sentence. */
export type Shape = { readonly about: string; readonly required?: true } & (
  | { readonly kind: 'text'; readonly pattern?: RegExp; readonly wanted?: string }
  | {
      readonly kind: 'number'
      readonly least?: number
      readonly above?: number
      readonly most?: number
      readonly whole?: true
    }
  | { readonly kind: 'flag' }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'object'; readonly keys: Readonly<Record<string, Shape>> }
  | { readonly kind: 'map'; readonly of: Shape; readonly name: RegExp }
  | { readonly kind: 'either'; readonly text: Shape; readonly object: Shape }
  | { readonly kind: 'variants'; readonly of: Readonly<Record<string, Shape & { readonly kind: 'object' }>> }
  | { readonly kind: 'free' }
)

type Object = Shape & { readonly kind: 'object' }

const text = (about: string, more: object = {}): Shape => ({ kind: 'text', about, ...more })
const flag = (about: string): Shape => ({ kind: 'flag', about })
const word = (about: string, ...words: readonly string[]): Shape => ({ kind: 'word', words, about })
const whole = (about: string, least: number, most = Number.MAX_SAFE_INTEGER): Shape => ({
  kind: 'number',
  whole: true,
  least,
  most,
  about,
})
const number = (about: string, more: object = { least: 0 }): Shape => ({ kind: 'number', about, ...more })
const texts = (about: string): Shape => ({ kind: 'list', of: text('One of them.'), about })
const object = (about: string, keys: Readonly<Record<string, Shape>>): Object => ({
  kind: 'object',
  keys,
  about,
})
const needed = <S extends Shape>(shape: S): S => ({ ...shape, required: true })

const NAME = /^[A-Za-z0-9._-]{1,64}$/
const LONGEST = 2 ** 31 - 1

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

const retry = object('Waits between attempts.', {
  min: number('ms before the second attempt. 100'),
  max: number('ms between two attempts at most. 30000'),
  jitter: number('The random part of a wait. 0.2', { least: 0, most: 1 }),
  attempts: whole('How often a batch is tried; for ever by default.', 1),
})

const batch = object('How samples are collected for it.', {
  maxItems: whole('Samples in a batch at most. 5000', 1),
  maxBytes: whole('Bytes in a batch at most.', 1),
  linger: number('ms that the first sample of a batch waits for others. 1000', { least: 0, most: LONGEST }),
  maxBuffered: whole('Samples that wait at most. 100000', 1),
  overflow: word('When it is full: the oldest go (the default), or all PVs wait.', 'drop-oldest', 'block'),
  retry,
})

const ofEverySink = {
  pvs: texts('Globs (*, ?) of the PVs that it takes; all by default.'),
  batch,
}

const sink = (about: string, type: string, keys: Readonly<Record<string, Shape>>): Object =>
  object(about, { type: needed(word('What it is.', type)), ...ofEverySink, ...keys })

/** The kinds of sinks, with their options. */
export const sinkShapes = {
  jsonl: sink('A file with one sample in JSON on each line.', 'jsonl', {
    path: needed(text('The file; it is appended to.')),
  }),
  influx: sink('A database of InfluxDB.', 'influx', {
    url: needed(text('Of the server.', { pattern: /^https?:\/\/./, wanted: 'a URL with http or https' })),
    database: needed(text('The database, or the bucket.')),
    retentionPolicy: text('A retention policy.'),
    org: text('The organisation of version 2.'),
    api: word('How the server is written to. v1', 'v1', 'v2', 'v3'),
    username: text('For basic authentication.'),
    password: text('For basic authentication.'),
    token: text('Instead of username and password.'),
    timeout: number('ms until an answer begins. 30000', { above: 0 }),
    gzip: flag('Compresses what is sent.'),
    layout: word(
      'The name of a PV in the tag pv (the default), or as the measurement.',
      'tag',
      'measurement',
    ),
    prefix: text('First word of the measurements. pv'),
    tags: { kind: 'map', name: /^./s, of: text('A tag.'), about: 'Tags of every point.' },
    metadata: flag('Whether units, description and choices are written too. true'),
    uint64: word('How uint64 is written.', 'int', 'uint'),
  }),
  custom: sink('A sink that the program hands to the recorder by this name.', 'custom', {}),
} as const

const pva = object('Where PVs are searched: options of a Context.', {
  useEnv: flag('Whether EPICS_PVA_* variables count. true'),
  addressList: texts('Addresses to search by UDP.'),
  autoAddressList: flag('Whether the broadcast addresses are searched too.'),
  interfaces: texts('Local addresses to use.'),
  nameServers: texts('Servers to search by TCP.'),
  broadcastPort: whole('UDP port of searches.', 1, 65_535),
  serverPort: whole('TCP port of servers named without one.', 1, 65_535),
  connectionTimeout: number('ms of silence after which a connection is dead.', { above: 0 }),
})

const entry: Shape = {
  kind: 'either',
  about: 'A PV: its name, or its name with a policy; or a file of names.',
  text: text('The name of a PV.'),
  object: object('A PV with a policy, or a file of names with one for all of them.', {
    name: text('The name of a PV.'),
    file: text('A file of names: one a line, # begins a comment.'),
    profile: text('A policy of profiles.'),
    ...policy,
  }),
}

/** A whole configuration. */
export const configShape: Object = object('What is recorded, and where it goes.', {
  $schema: text('The schema, for editors.'),
  name: text('The name of this recorder.', {
    pattern: NAME,
    wanted: '1 to 64 letters, digits, ".", "_" or "-"',
  }),
  pva,
  defaults: object('A policy for all PVs.', policy),
  profiles: {
    kind: 'map',
    name: NAME,
    of: object('A policy.', policy),
    about: 'Named policies.',
  },
  pvs: needed({ kind: 'list', of: entry, about: 'The PVs to record.' }),
  sinks: needed({
    kind: 'map',
    name: NAME,
    of: { kind: 'variants', of: sinkShapes, about: 'A sink.' },
    about: 'Where the samples go, by name.',
  }),
  spool: object('A folder in which samples wait for their sinks, so that no crash loses them.', {
    dir: needed(text('The folder; each sink has one in it.')),
    maxBytes: whole('Bytes for each sink at most. 1073741824', 1),
    sync: flag('Whether the disk itself has the samples before they count as taken. true'),
  }),
  drain: number('ms that what waits may need at the end. 10000', { least: 0, most: LONGEST }),
})
