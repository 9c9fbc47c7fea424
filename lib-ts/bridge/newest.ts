import { ChangeSet } from '../data/index.js'
import type { Value } from '../index.js'
import { valueContent, type Update1 } from '../pvws/index.js'
import { updateOf } from './text1.js'

/** The newest value of a PV. What is made of it for one client serves all that want it alike. */
export class Newest {
  readonly value: Value
  readonly severity: number
  readonly #path: string
  #changes: ChangeSet | undefined
  #update1: Update1 | undefined
  #contents: Map<ChangeSet, Uint8Array> | undefined
  #texts: Map<ChangeSet, string> | undefined

  /** `path`: the one field that version 1 is about; `''` is the whole. */
  constructor(value: Value, path: string) {
    this.value = value
    this.#path = path
    this.severity = severityOf(value)
  }

  /** What its update changed. */
  get changes(): ChangeSet {
    return (this.#changes ??= ChangeSet.of(this.value))
  }

  get update1(): Update1 {
    return (this.#update1 ??= updateOf(this.value, this.#path))
  }

  /** The content of a binary record with these fields. */
  content(fields: ChangeSet): Uint8Array {
    this.#contents ??= new Map()
    let content = this.#contents.get(fields)
    if (content === undefined) this.#contents.set(fields, (content = valueContent(this.value, fields)))
    return content
  }

  /** These fields as members of a JSON object: `"changed":[…],"value":{…}`. */
  text(fields: ChangeSet): string {
    this.#texts ??= new Map()
    let text = this.#texts.get(fields)
    if (text === undefined) {
      text = `"changed":${JSON.stringify(fields.paths)},"value":${JSON.stringify(fields.toJSON(this.value))}`
      this.#texts.set(fields, text)
    }
    return text
  }
}

function severityOf(value: Value): number {
  const { alarm } = value as { readonly alarm?: { readonly severity?: unknown } }
  return typeof alarm === 'object' ? Number(alarm.severity ?? 0) : 0
}
