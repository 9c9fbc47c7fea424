import { encodeChanged, encodeType, encodeTyped, Writer, type TypeDef, type Value } from '../data/index.js'

/** Encodes what is handed to the addon, through one writer. */
export class Encoder {
  readonly #writer = new Writer()

  /** Type and full value, in bytes of their own. */
  typed(value: Value): Uint8Array {
    this.#writer.reset()
    encodeTyped(this.#writer, value)
    return Buffer.from(this.#writer.bytes())
  }

  /** Changed bitset and marked fields; to be handed over before anything else is encoded. */
  changed(value: Value): Uint8Array {
    this.#writer.reset()
    encodeChanged(this.#writer, value)
    return this.#writer.bytes()
  }

  /** The description of a type, in bytes of its own. */
  described(type: TypeDef): Uint8Array {
    this.#writer.reset()
    encodeType(this.#writer, type)
    return this.#writer.bytes().slice()
  }
}
