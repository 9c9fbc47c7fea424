import type { TypeDef, Value } from '../data/index.js'
import type { InboxRecord } from '../native/index.js'
import { encodedRequest, PvCall } from './call.js'
import type { Target } from './context-core.js'
import type { CallChecked } from './options.js'
import { checkSelection, type Selection } from './selection.js'

export class GetCall extends PvCall<Value> {
  readonly #selection: Selection

  constructor(target: Target, options: CallChecked) {
    super(target, options)
    this.#selection = options
  }

  protected result(record: InboxRecord): Value {
    const { plan } = record
    this.checkType(plan.type)
    checkSelection(this.#selection, plan.type, this.target)
    return record.value(plan, null)
  }
}

export class InfoCall extends PvCall<TypeDef> {
  protected result(record: InboxRecord): TypeDef {
    const { type } = record.plan
    this.checkType(type)
    return type
  }
}

/** Starts a get. */
export function get(target: Target, options: CallChecked): GetCall {
  const { core, pv } = target
  const request = encodedRequest(core, options)
  const call = new GetCall(target, options)
  return call.send((id) => {
    core.env.addon.get(id, core.id, pv, request, options.server ?? '')
    core.begun.add()
  })
}

/** Starts an info. */
export function info(target: Target, options: CallChecked): InfoCall {
  const { core, pv } = target
  const call = new InfoCall(target, options)
  return call.send((id) => {
    core.env.addon.info(id, core.id, pv, options.server ?? '')
  })
}
