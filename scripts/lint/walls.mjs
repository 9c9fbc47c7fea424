// The walls between the rooms of lib-ts/: which room may import which. One table over every file.
import { existsSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

const source = join(dirname(dirname(import.meta.dirname)), 'lib-ts')

const core = ['native', 'config', 'diagnostics', 'nt', 'data', 'input', 'log', 'errors']

/**
 * What each room may import besides itself: `run` when the program runs, `types` only as types. A file at the top of
 * lib-ts is a room of its own, and so is a folder of a room that has a row. `packages` are npm packages; modules of Node
 * are open to every room but those for browsers.
 */
const rooms = {
  errors: { browser: true },
  input: { run: ['errors'], browser: true },
  log: { run: ['input', 'errors'] },
  data: { run: ['input', 'errors'], browser: true },
  nt: { run: ['data', 'input', 'errors'], browser: true },
  pvws: { run: ['data', 'nt', 'input', 'errors'], browser: true },
  web: { run: ['pvws', 'data', 'nt', 'input', 'errors'], browser: true },
  native: { run: ['data', 'input', 'errors'], packages: ['node-gyp-build'] },
  config: { run: ['input', 'log', 'errors'] },
  diagnostics: { run: ['native', 'data', 'log', 'input', 'errors'] },
  client: { run: core },
  server: { run: core },
  index: { run: ['client', 'server', ...core] },
  testing: {
    run: ['client', 'server', 'diagnostics', 'input', 'errors'],
    packages: ['lossless-json', 'ws', '@grpc/grpc-js', '@bufbuild/protobuf', 'apache-arrow'],
  },
  stream: { run: ['input', 'errors'], types: ['client', 'data'] },
  telemetry: {
    run: ['data', 'nt', 'input', 'log', 'errors'],
    types: ['client'],
    packages: ['classic-level'],
  },
  influx: {
    run: ['telemetry', 'input', 'log', 'errors'],
    types: ['client', 'data'],
    packages: ['undici', 'lossless-json'],
  },
  pi: {
    run: ['stream', 'telemetry', 'input', 'log', 'errors'],
    types: ['client', 'data'],
    packages: ['undici', 'ws', 'lossless-json'],
  },
  'btrdb/wire': { run: ['errors'], packages: ['@bufbuild/protobuf'] },
  btrdb: {
    run: ['btrdb/wire', 'telemetry', 'input', 'log', 'errors'],
    types: ['client', 'data'],
    packages: ['@grpc/grpc-js', 'yaml', 'apache-arrow', 'lossless-json'],
  },
  nats: {
    run: ['telemetry', 'input', 'errors'],
    packages: ['@nats-io/transport-node', '@nats-io/jetstream', '@nats-io/kv'],
  },
  kafka: {
    run: ['telemetry', 'input', 'errors'],
    packages: ['@platformatic/kafka'],
  },
  record: {
    run: ['stream', 'telemetry', 'influx', 'pi', 'btrdb', 'kafka', 'nats', 'client', 'server', ...core],
    packages: ['jsonc-parser'],
  },
  'record/commands': { run: ['record', 'cli', 'client', 'telemetry', 'input', 'errors'] },
  'bridge/commands': { run: ['bridge', 'cli', 'input', 'errors'] },
  cli: {
    run: ['record/commands', 'bridge/commands', 'index', 'testing', 'config', 'data', 'input', 'errors'],
  },
  bridge: {
    run: ['index', 'pvws', 'data', 'input', 'errors'],
    types: ['telemetry'],
    packages: ['ws'],
  },
}

const roomOf = (file) => {
  const [first, ...rest] = relative(source, file).split(sep)
  if (rest.length > 1 && `${first}/${rest[0]}` in rooms) return `${first}/${rest[0]}`
  return rest.length > 0 ? first : first.replace(/\.(js|ts)$/, '')
}

/** What is wrong with an import, or undefined. */
function complaint(room, file, specifier, typeOnly) {
  const { run = [], types = [], packages = [], browser = false } = rooms[room]
  if (!specifier.startsWith('.')) return complaintOfPackage(room, specifier, { packages, browser, typeOnly })
  const target = join(dirname(file), specifier)
  if (relative(source, target).startsWith('..')) return 'nothing outside of lib-ts/ is imported'
  const other = roomOf(target)
  if (other === room) return undefined
  if (!run.includes(other) && !types.includes(other)) {
    return `'${room}' must not know '${other}' (it knows ${[...run, ...types].join(', ') || 'no other room'})`
  }
  if (!run.includes(other) && !typeOnly) return `'${room}' may import '${other}' as types only`
  const index = join(source, other, 'index.js')
  return target === index || target === join(source, `${other}.js`)
    ? undefined
    : `another room is imported by its index: '${other}/index.js'`
}

function complaintOfPackage(room, specifier, { packages, browser, typeOnly }) {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (specifier.startsWith('node:')) {
    return browser ? `'${room}' runs in browsers too and imports no module of Node` : undefined
  }
  return typeOnly || packages.includes(name) ? undefined : `'${room}' does not use the package '${name}'`
}

const onlyTypes = (node) =>
  node.type === 'TSImportType' ||
  node.importKind === 'type' ||
  node.exportKind === 'type' ||
  (node.specifiers?.length > 0 &&
    node.specifiers.every(({ importKind, exportKind }) => importKind === 'type' || exportKind === 'type'))

/** eslint rule: an import through a wall is an error. */
export const walls = {
  meta: { type: 'problem', schema: [], messages: { wall: '{{ text }}' } },
  create(context) {
    const room = roomOf(context.filename)
    if (!(room in rooms)) {
      const text = `room '${room}' has no walls yet: add it to scripts/lint/walls.mjs`
      return { Program: (node) => context.report({ node, messageId: 'wall', data: { text } }) }
    }
    const check = (node) => {
      const specifier = (node.source ?? node.argument?.literal ?? node.argument)?.value
      if (typeof specifier !== 'string') return
      const text = complaint(room, context.filename, specifier, onlyTypes(node))
      if (text) context.report({ node, messageId: 'wall', data: { text } })
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    }
  },
}

/** The rooms whose code also runs in browsers, of those that exist. */
export const browserRooms = Object.keys(rooms).filter(
  (room) => rooms[room].browser && (existsSync(join(source, room)) || existsSync(join(source, `${room}.ts`))),
)
