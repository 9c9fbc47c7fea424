// The kinds of sinks, with the options of each.
import {
  flag,
  LONGEST,
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

const sink = (about: string, type: string, keys: Readonly<Record<string, Shape>>): ObjectShape =>
  object(about, {
    type: needed(word('What it is.', type)),
    pvs: texts('Globs (*, ?) of the PVs that it takes; all by default.'),
    batch,
    ...keys,
  })

const url = { pattern: /^https?:\/\/./, wanted: 'a URL with http or https' }
const username = text('For basic authentication.')
const password = text('For basic authentication.')

const influx = sink('A database of InfluxDB.', 'influx', {
  url: needed(text('Of the server.', url)),
  database: needed(text('The database, or the bucket.')),
  retentionPolicy: text('A retention policy.'),
  org: text('The organisation of version 2.'),
  api: word('How the server is written to. v1', 'v1', 'v2', 'v3'),
  username,
  password,
  token: text('Instead of username and password.'),
  timeout: number('ms until an answer begins. 30000', { above: 0 }),
  gzip: flag('Compresses what is sent.'),
  layout: word('The name of a PV in the tag pv (the default), or as the measurement.', 'tag', 'measurement'),
  prefix: text('First word of the measurements. pv'),
  tags: { kind: 'map', name: /^./s, wanted: 'text', of: text('A tag.'), about: 'Tags of every point.' },
  metadata: flag('Whether units, description and choices are written too. true'),
  uint64: word('How uint64 is written.', 'int', 'uint'),
})

const pem = (about: string): Shape => text(`${about}, as PEM: "\${file:PATH}" takes it from a file.`)

const tls = (more: Readonly<Record<string, Shape>> = {}): Shape => ({
  kind: 'either',
  about: 'Whether, or how TLS is spoken.',
  of: {
    flag: flag('Whether.'),
    object: object('How.', {
      ca: pem('The roots that are trusted'),
      cert: pem('Our own certificate'),
      key: pem('Its key'),
      ...more,
    }),
  },
})

const kerberos = object('Kerberos, by the ticket of whoever runs this; needs the package kerberos.', {
  service: text('The service name of the server. HTTP@ and the host.'),
  principal: text('Whose ticket is used; the default one of the ticket cache.'),
  delegate: flag('Lets the server act for us at other servers. false'),
})

const pi = sink('The archive of a PI system, by PI Web API.', 'pi', {
  url: needed(text('Of PI Web API: https://pi.lab/piwebapi', url)),
  dataServer: text('The data server of the tags; the only one, when there is one.'),
  username,
  password,
  token: text('A bearer token, instead of username and password.'),
  kerberos: {
    kind: 'either',
    about: 'Kerberos instead of a password.',
    of: { flag: flag('By the defaults.'), object: kerberos },
  },
  tls: object('How TLS is spoken.', {
    ca: pem('Certificates that are trusted'),
    cert: pem('Our own certificate'),
    key: pem('Its key'),
    passphrase: text('Of the key.'),
    servername: text('The name in the certificate, when it is not the host.'),
    rejectUnauthorized: flag('Whether a certificate has to be right. true'),
  }),
  proxy: text('An HTTP proxy.', url),
  timeout: number('ms for a request with its retries. 30000', { above: 0 }),
  connections: whole('Connections at most. 8', 1, 1000),
  retries: whole('How often a GET is tried again. 2', 0, 100),
  create: flag('Makes points that are not there. false'),
  updateOption: word(
    'What happens to a value of the same time. Replace',
    'Replace',
    'Insert',
    'NoReplace',
    'ReplaceOnly',
    'InsertNoCompression',
  ),
  bufferOption: word('Buffering. BufferIfPossible', 'BufferIfPossible', 'DoNotBuffer', 'Buffer'),
  missing: {
    kind: 'either',
    about: 'What a sample without a value becomes. reject',
    of: {
      text: word('It is refused.', 'reject'),
      object: object('A state of the system.', { state: needed(text('Such as "I/O Timeout".')) }),
    },
  },
  quality: word('Whether severities are sent. flags', 'flags', 'none'),
  maxValues: whole('Values of one request at most. 5000', 1, 1_000_000),
})

const UUID = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$/

const btrdb = sink(
  'BTrDB or PredictiveGrid; needs the packages @grpc/grpc-js and @bufbuild/protobuf.',
  'btrdb',
  {
    endpoint: {
      kind: 'either',
      about: 'host:port; port 4411 means TLS. Without it BTRDB_ENDPOINTS or the credentials file.',
      of: { text: text('One.'), list: texts('Several, tried in order.') },
    },
    profile: text('A profile of the credentials file, instead of an endpoint.'),
    apiKey: text('Of the endpoint.'),
    tls: tls({ serverName: text('The name in the certificate, when it is not the host.') }),
    proxy: flag('Whether grpc_proxy, https_proxy and no_proxy count. true'),
    timeout: number('ms for each call. 30000', { above: 0 }),
    connectTimeout: number('ms to connect. 10000', { above: 0, most: LONGEST }),
    concurrencyLimit: whole('How many calls run at once. 16', 1),
    insertBatch: whole('Points of one insert at most. 25000', 1, 10_000_000),
    root: text('The collection that all others are in. pva'),
    namespace: text('Keeps two control systems with the same names apart.', {
      pattern: UUID,
      wanted: 'a UUID',
    }),
    merge: word('What becomes of a point at the same time. replace', 'never', 'equal', 'retain', 'replace'),
    severity: flag("Writes each sample's severity to a stream beside it. false"),
    flush: word('When points are made durable. close', 'close', 'write', 'never'),
    adopt: flag('Writes to a stream that has the name already, whatever its UUID. false'),
  },
)

const messages = {
  format: word('What a message holds: JSON (the default), or FlatBuffers as at ESS.', 'json', 'f144'),
  pack: word('A message for each sample (the default), or for many as lines of JSON.', 'sample', 'batch'),
}

const made = (about: string, keys: Readonly<Record<string, Shape>>): Shape => ({
  kind: 'either',
  about: `${about} Without it, one that is not there is an error.`,
  of: { flag: flag('By the defaults.'), object: object('How.', keys) },
})

/** How brokers of Kafka are reached. */
export const kafkaAccess = {
  brokers: needed(texts('host:port of some brokers of the cluster.')),
  clientId: text('By what name the brokers log us. node-pvxs'),
  tls: tls(),
  sasl: object('As whom.', {
    mechanism: needed(word('How.', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512')),
    username: needed(text('The user.')),
    password: needed(text('Of the user.')),
  }),
  timeout: whole('ms for a call to the brokers. 10000', 1, 3_600_000),
}

const kafka = sink('A topic of Kafka; needs the package @platformatic/kafka.', 'kafka', {
  ...kafkaAccess,
  topic: needed(text('The topic.')),
  alarmTopic: text('With f144: the topic of alarms and connections. The same topic.'),
  ...messages,
  acks: word('Who has it before it counts as written: every replica (the default), or one.', 'all', 'leader'),
  compression: word('How records are compressed. none', 'none', 'gzip', 'snappy', 'lz4', 'zstd'),
  createTopic: made('Makes the topic.', {
    partitions: whole('Partitions. 1', 1, 100_000),
    replicas: whole("Copies of each partition. The brokers' default.", 1, 32_767),
    config: {
      kind: 'map',
      name: /^./s,
      wanted: 'text',
      of: text('Its value.'),
      about: 'Settings of the topic.',
    },
  }),
})

/** How servers of NATS are reached. */
export const natsAccess = {
  servers: needed(texts('host:port or URLs of the servers of one cluster.')),
  token: text('A token, instead of user and pass.'),
  user: text('The user.'),
  pass: text('Its password.'),
  credsFile: text('A file of credentials.'),
  nkeySeed: text('The seed of an NKey.'),
  tls: tls(),
  timeout: whole('ms for a connection, and for answers. 5000', 1, 3_600_000),
}

const nats = sink(
  'A stream of NATS JetStream; needs the packages @nats-io/transport-node and @nats-io/jetstream.',
  'nats',
  {
    ...natsAccess,
    stream: needed(text('The stream.')),
    subject: text('What subjects begin with. pv'),
    ...messages,
    dedup: {
      kind: 'either',
      about: 'What is stored once.',
      of: {
        flag: flag('false: message ids are not sent.'),
        text: word(
          'What is sent again (the default), or the same sample of another recorder too.',
          'retry',
          'series-time',
        ),
      },
    },
    createStream: made('Makes the stream.', {
      maxAge: whole('ms that messages are kept. For ever.', 1),
      maxBytes: whole('Bytes that are kept, the newest. No limit.', 1),
      replicas: whole('Servers that hold a copy. 1', 1, 5),
      storage: word('Where. file', 'file', 'memory'),
    }),
  },
)

/** The kinds of sinks, with their options. */
export const sinkShapes = {
  jsonl: sink('A file with one sample in JSON on each line.', 'jsonl', {
    path: needed(text('The file; it is appended to.')),
  }),
  influx,
  pi,
  btrdb,
  kafka,
  nats,
  custom: sink('A sink that the program hands to the recorder by this name.', 'custom', {}),
} as const
