import { rows } from './rows.generated.js'

/** What a query or a path takes under one name. */
export interface Parameter {
  readonly name: string
  readonly kind: 'text' | 'int' | 'bool' | 'time' | 'span'
  readonly list: boolean
  readonly repeated: boolean
  readonly required: boolean
  readonly inPath: boolean
}

/** One action of the table. */
export interface Action {
  readonly controller: string
  readonly name: string
  readonly verb: string
  readonly path: string
  readonly parameters: ReadonlyMap<string, Parameter>
  /** The name of its body, or nothing. */
  readonly body: string
  readonly binary: boolean
}

export type ControllerName = keyof typeof rows

export const controllerNames = Object.keys(rows) as readonly ControllerName[]

const parsed = new Map<ControllerName, ReadonlyMap<string, Action>>()

/** The actions of a controller, read from the table when they are first asked for. */
export function actionsOf(controller: ControllerName): ReadonlyMap<string, Action> {
  let actions = parsed.get(controller)
  if (actions === undefined) {
    actions = new Map(
      rows[controller]
        .trim()
        .split('\n')
        .map((line) => action(controller, line))
        .map((one) => [one.name, one]),
    )
    parsed.set(controller, actions)
  }
  return actions
}

function action(controller: string, line: string): Action {
  const [name = '', verb = '', path = '', query = '', body = '', answer = ''] = line.split('|')
  const parameters = new Map<string, Parameter>()
  for (const [, inPath = ''] of path.matchAll(/\{(\w+)\}/g))
    parameters.set(inPath, {
      name: inPath,
      kind: 'text',
      list: false,
      repeated: false,
      required: true,
      inPath: true,
    })
  for (const word of query.split(' ')) {
    const parts = /^(\w+)([;*!]*)(?::(\w+))?(!?)$/.exec(word)
    if (parts === null) continue
    const [, called = '', signs = '', kind = 'text', end = ''] = parts
    parameters.set(called, {
      name: called,
      kind: kind as Parameter['kind'],
      list: signs.includes(';'),
      repeated: signs.includes('*'),
      required: (signs + end).includes('!'),
      inPath: false,
    })
  }
  return { controller, name, verb, path, parameters, body, binary: answer === 'binary' }
}
