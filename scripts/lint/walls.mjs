// The walls between the rooms of lib-ts/: which room may import which.
import { dirname, join, relative, sep } from 'node:path'

const source = join(dirname(dirname(import.meta.dirname)), 'lib-ts')

/** Room -> the rooms it may know besides itself. errors.ts is the ground floor, open to all. */
const mayKnow = {
  input: [],
  data: ['input'],
  nt: ['data', 'input'],
  native: ['data', 'input'],
  config: ['native', 'input'],
  diagnostics: ['native', 'data', 'input'],
  client: ['native', 'config', 'data', 'nt', 'input'],
  server: ['native', 'config', 'data', 'nt', 'input'],
  testing: ['client', 'server', 'diagnostics'],
}
/** Rooms that also run where there is no Node: no built-in modules, no packages. */
const browserSafe = new Set(['input', 'data', 'nt'])

const roomOf = (file) => {
  const [first, ...rest] = relative(source, file).split(sep)
  return rest.length > 0 ? first : undefined
}

function complaint(room, file, specifier) {
  if (!specifier.startsWith('.')) {
    return browserSafe.has(room)
      ? `'${room}' runs in browsers too and imports no package or built-in module`
      : undefined
  }
  const target = join(dirname(file), specifier)
  if (relative(source, target).startsWith('..')) return 'nothing outside of lib-ts/ is imported'
  const other = roomOf(target)
  if (other === room) return undefined
  if (target === join(source, 'index.js')) return 'index.ts is for users; import the room itself'
  if (other === undefined) {
    return target === join(source, 'errors.js') || target === join(source, 'log.js')
      ? undefined
      : `of the top level, '${room}' knows errors.ts only`
  }
  if (mayKnow[room].includes(other)) return undefined
  const known = ['errors.ts', ...mayKnow[room]].join(', ')
  return `'${room}' must not know '${other}' (it knows ${known})`
}

/** eslint rule: an import through a wall is an error. */
export const walls = {
  meta: { type: 'problem', schema: [], messages: { wall: '{{ text }}' } },
  create(context) {
    const room = roomOf(context.filename)
    if (room === undefined) return {}
    if (!(room in mayKnow)) {
      return {
        Program: (node) =>
          context.report({
            node,
            messageId: 'wall',
            data: {
              text: `room '${room}' has no walls yet: add it to scripts/lint/walls.mjs`,
            },
          }),
      }
    }
    const check = (node) => {
      const specifier = node.source?.value
      if (typeof specifier !== 'string') return
      const text = complaint(room, context.filename, specifier)
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
