// One request to the simulator, and what it is answered.
import { idForms, type IdForm } from './ids.js'
import type { Model, Stream, Thing } from './model.js'
import { now, time } from './times.js'

/** What the simulator answers. */
export interface Answer {
  readonly status: number
  /** JSON, unless it is text or bytes. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer on its way up from where something was found wrong. */
export class Refusal extends Error {
  readonly status: number
  readonly body: unknown

  constructor(status: number, text: string) {
    super(text)
    this.status = status
    this.body = { Errors: [text] }
  }
}

export class Call {
  readonly method: string
  /** Below the base, in lower case but for what is in it. */
  readonly parts: readonly string[]
  readonly query: URLSearchParams
  readonly body: unknown
  readonly base: string
  readonly model: Model
  readonly maxReturned: number
  readonly #form: IdForm

  constructor(details: {
    readonly method: string
    readonly parts: readonly string[]
    readonly query: URLSearchParams
    readonly body: unknown
    readonly base: string
    readonly model: Model
    readonly maxReturned: number
    readonly form: IdForm
  }) {
    this.method = details.method
    this.parts = details.parts
    this.query = details.query
    this.body = details.body
    this.base = details.base
    this.model = details.model
    this.maxReturned = details.maxReturned
    this.#form = details.form
  }

  /** A parameter; names do not mind their case. */
  text(name: string): string | undefined {
    return this.all(name)[0]
  }

  all(name: string): string[] {
    return [...this.query]
      .filter(([key]) => key.toLowerCase() === name.toLowerCase())
      .map(([, value]) => value)
  }

  needed(name: string): string {
    const value = this.text(name)
    if (value === undefined || value === '') throw new Refusal(400, `The parameter '${name}' is required.`)
    return value
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.text(name)?.toLowerCase()
    if (value === undefined) return otherwise
    if (value !== 'true' && value !== 'false')
      throw new Refusal(400, `The parameter '${name}' is not a boolean.`)
    return value === 'true'
  }

  count(name: string, otherwise: number): number {
    const value = this.text(name)
    if (value === undefined) return otherwise
    if (!/^\d+$/.test(value)) throw new Refusal(400, `The parameter '${name}' is not a number.`)
    return Number(value)
  }

  whole(name: string, otherwise: number): number {
    const value = this.text(name)
    if (value === undefined) return otherwise
    if (!/^[+-]?\d+$/.test(value)) throw new Refusal(400, `The parameter '${name}' is not a number.`)
    return Number(value)
  }

  time(name: string, otherwise: string): bigint {
    return this.timeOf(this.text(name) ?? otherwise, name)
  }

  timeOf(text: string, name: string): bigint {
    const ns = time(text, now())
    if (ns === undefined) throw new Refusal(400, `The parameter '${name}' is not a time: '${text}'.`)
    return ns
  }

  /** The form that WebIDs of the answer have. */
  get form(): IdForm {
    const asked = this.text('webIdType')
    const form =
      asked === undefined ? this.#form : idForms.find((one) => one.toLowerCase() === asked.toLowerCase())
    if (form === undefined) throw new Refusal(400, `The WebID type '${asked ?? ''}' is not known.`)
    return form
  }

  thing(id: string): Thing {
    const found = this.model.find(id)
    if (found !== undefined) return found
    if (!/^[FIPLD]1[A-Za-z]{2}/.test(id))
      throw new Refusal(400, `The specified WebID '${id.slice(0, 300)}' is not valid.`)
    throw new Refusal(404, 'The object that the WebID names was not found.')
  }

  stream(id: string): Stream {
    const found = this.thing(id)
    if (!('archive' in found)) throw new Refusal(400, 'The WebID is not that of a stream.')
    return found as Stream
  }
}
