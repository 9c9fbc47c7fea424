import { deriveType, Value, valueOfPlain, type MutableValue, type TypeDef } from '../data/index.js'
import { isPlainObject, ownEntries, quote } from '../input/index.js'
import { InvalidArgumentError, TypeMismatchError } from '../errors.js'
import { FailureCode, type InboxRecord } from '../native/index.js'
import { NTURI } from '../nt/index.js'
import type { Target } from './context-core.js'
import { encodedRequest, PvCall } from './call.js'
import type { RpcChecked } from './options.js'
import { checkSelection, type Selection } from './selection.js'
import { headOf } from './subject.js'
import { nameOf } from './type-match.js'

/** What an RPC may reply: nothing, a structure, or (from some servers) a bare scalar or array. */
export class RpcCall extends PvCall<unknown> {
  readonly #request: Uint8Array | null
  readonly #argument: Uint8Array | null
  readonly #selection: Selection
  readonly #once: boolean

  constructor(target: Target, request: Uint8Array | null, argument: Uint8Array | null, options: RpcChecked) {
    super(target, options)
    this.#request = request
    this.#argument = argument
    this.#selection = options
    this.#once = options.atMostOnce ?? false
  }

  start(): this {
    return this.send(this.#submit)
  }

  readonly #submit = (id: number): void => {
    const { core, pv } = this.target
    this.env.addon.rpc(id, core.id, pv, this.#request, this.server, this.#argument)
    core.begun.add()
  }

  // The addon never sends a call twice.
  protected override failure(code: number, text: string): Error | undefined {
    if (code !== FailureCode.Disconnected || this.#once) return super.failure(code, text)
    this.renumber()
    this.send(this.#submit)
    return undefined
  }

  protected result(record: InboxRecord): unknown {
    if (record.type === 0) return this.#nothing()
    const { plan } = record
    this.checkType(plan.type)
    checkSelection(this.#selection, plan.type, this.target)
    return record.value(plan, null)
  }

  #nothing(): null {
    if (this.type === undefined) return null
    throw new TypeMismatchError(
      `${headOf(this.target)}: the reply is empty, and a ${nameOf(this.type)} was asked for`,
    )
  }
}

/** Starts an RPC. */
export function rpc(target: Target, args: unknown, options: RpcChecked): RpcCall {
  const { core, pv } = target
  const argument = argumentOf(pv, args)
  const bytes = argument === null ? null : core.env.encoder.typed(argument)
  return new RpcCall(target, encodedRequest(core, options), bytes, options).start()
}

function argumentOf(pv: string, args: unknown = {}): Value | MutableValue | null {
  if (args === null) return null
  if (args instanceof Value) return args
  if (!isPlainObject(args)) {
    throw new InvalidArgumentError(`the arguments of an RPC are an object or a Value, not ${quote(args)}`)
  }
  const given = ownEntries(args, 'args').filter(([, value]) => value !== undefined)
  const key = signature(given)
  let type = key === undefined ? undefined : types.get(key)
  if (type !== undefined) {
    try {
      return type.create({ scheme: 'pva', path: pv, query: Object.fromEntries(given) })
    } catch {
      // it is refused below, under the name that the caller gave instead of query.name
    }
  }
  const query = valueOfPlain(Object.fromEntries(given), 'args')
  type = (new NTURI().build() as unknown as TypeDef).extend([query.$type.as('query')])
  if (key !== undefined) {
    if (types.size >= MANY) types.clear()
    types.set(key, type)
  }
  return type.create({ scheme: 'pva', path: pv, query })
}

// Types of earlier arguments: making and laying out a type costs ten times the call.
const MANY = 1_000
const types = new Map<string, TypeDef>()

/** Names and types of the arguments when all of them are scalars, else undefined. */
function signature(given: readonly (readonly [string, unknown])[]): string | undefined {
  let key = ''
  for (const [name, value] of given) {
    // with a `type` among them they may be one tagged value
    if ((typeof value === 'object' && value !== null) || name === 'type') return undefined
    key += `${deriveType(value, name).code} ${name.length} ${name} `
  }
  return key
}
