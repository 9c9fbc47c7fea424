import { Value, type MutableValue, type TypeDef } from '../data/index.js'
import { isPlainObject } from '../data/plain-object.js'
import { quote } from '../data/quote.js'
import { InvalidArgumentError } from '../errors.js'
import type { InboxRecord } from '../native/index.js'
import { NTURI } from '../nt/index.js'
import { valueOfPlain } from '../plain-value.js'
import { encodedRequest, Operation, type Target } from './operation.js'
import type { RpcChecked } from './options.js'

/** What an RPC may reply: nothing, a structure, or (from some servers) a bare scalar or array. */
export class RpcOperation extends Operation<unknown> {
  protected result(record: InboxRecord): unknown {
    if (record.type === 0) return null
    const { plan } = record
    this.checkType(plan.type)
    return record.value(plan, null)
  }
}

/** Starts an RPC. */
export function rpc(target: Target, args: unknown, options: RpcChecked): RpcOperation {
  const { core, pv } = target
  const argument = argumentOf(pv, args)
  const request = encodedRequest(core, options)
  const bytes = argument === null ? null : core.env.typed(argument)
  const call = new RpcOperation(target, options)
  return call.send((id) => {
    core.env.addon.rpc(id, core.id, pv, request, options.server ?? '', bytes, options.atMostOnce ?? false)
  })
}

function argumentOf(pv: string, args: unknown): Value | MutableValue | null {
  if (args === undefined || args === null) return null
  if (args instanceof Value) return args
  if (!isPlainObject(args)) {
    throw new InvalidArgumentError(`the arguments of an RPC are an object or a Value, not ${quote(args)}`)
  }
  const query = valueOfPlain(args, 'args')
  const uri = new NTURI().build() as unknown as TypeDef
  const type = uri.extend([query.$type.as('query')])
  return type.create({ scheme: 'pva', path: pv, query })
}
