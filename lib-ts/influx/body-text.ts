/**
 * The text of a body and how many bytes it will be. They are counted only when they may come near the limit: counting
 * costs as much as writing a line, and a character is three bytes of UTF-8 at most.
 */
export class BodyText {
  readonly #most: number
  text = ''
  #bytes: number | undefined

  constructor(most: number) {
    this.#most = most
  }

  /** Whether another line fits beside `others` bytes that go with it. */
  fits(line: string, others = 0): boolean {
    if (this.#bytes === undefined) {
      if ((this.text.length + line.length) * 3 + others <= this.#most) return true
      this.#bytes = Buffer.byteLength(this.text)
    }
    return this.#bytes + Buffer.byteLength(line) + others <= this.#most
  }

  add(line: string): void {
    this.text += line
    if (this.#bytes !== undefined) this.#bytes += Buffer.byteLength(line)
  }

  get bytes(): number {
    return this.#bytes ?? Buffer.byteLength(this.text)
  }

  clear(): void {
    this.text = ''
    this.#bytes = undefined
  }
}
