/** What a server refuses with, in the answer itself: gRPC says OK, and the code says what is wrong. */
export class Refusal extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** The codes that this server answers with, by their meaning. */
export const codes = {
  noPoint: 401,
  noStream: 404,
  collection: 407,
  tagKey: 408,
  tagValue: 409,
  timeRange: 413,
  tooBig: 414,
  pointWidth: 415,
  exists: 417,
  ambiguous: 418,
  arguments: 421,
  annotation: 422,
  propertyVersion: 423,
  faultInjection: 424,
  badValue: 425,
  versions: 427,
  reusedUuid: 429,
  parameter: 438,
  sql: 441,
  noVersion: 450,
  notImplemented: 501,
} as const

export function refuse(what: keyof typeof codes, message: string): never {
  throw new Refusal(codes[what], message)
}
