let count = 0

/** Stands in a request of a batch where a value of an earlier answer will be. */
export class Placeholder {
  /** The request whose answer has it. */
  readonly id: string
  /** Where it is, as the server reads it: `$.point.Content.WebId`. */
  readonly path: string
  /** What marks its place in a URL or a body until the batch is sent. */
  readonly token = `~pi-placeholder-${++count}~`

  constructor(id: string, path: string) {
    this.id = id
    this.path = path
  }

  /** Its mark, which the batch finds again in a body. */
  toJSON(): string {
    return this.token
  }

  /** Its path in the answers. */
  toString(): string {
    return this.path
  }
}

/** Finds the marks of placeholders in text. */
export const TOKENS = /~pi-placeholder-\d+~/g
