// What the generated types are made of.
import type { Placeholder } from '../placeholder.js'
import type { PiTime } from '../time.js'

/** Text of a path or a query; in a batch also what an earlier request will be answered. */
export type Text = string | Placeholder
export type Int = number | bigint
export type Bool = boolean
export type Time = PiTime
/** A list that goes as one value, joined by semicolons. */
export type List = string | readonly string[]
/** A parameter that may be given several times. */
export type Many<T> = T | readonly T[]

/** Objects in pages, as the server lists them. */
export interface Items<T> {
  readonly Items: readonly T[]
  readonly Links?: {
    readonly First?: string
    readonly Previous?: string
    readonly Next?: string
    readonly Last?: string
  }
}

/** Where a new object is, and its WebID when the place has one. */
export interface Created {
  readonly location: string
  readonly webId: string | undefined
}

/** A file that is sent. */
export interface Multipart {
  readonly data: Uint8Array | string
  readonly filename: string
  /** Its media type. application/octet-stream. */
  readonly type?: string | undefined
}

/** A body: the fields that are sent, in depth. Times may be Dates or bigint ns, integers may be bigints. */
export type Draft<T> = unknown extends T
  ? unknown
  : T extends string
    ? string | Date
    : T extends number
      ? number | bigint
      : T extends object
        ? { readonly [K in keyof T]?: Draft<T[K]> | undefined }
        : T

/** One row: what must be given, what may be, and what comes back. */
export interface Row<Needed, Free, Answer> {
  readonly needed: Needed
  readonly free: Free
  readonly answer: Answer
}

/** The one argument of a row's method. */
export type Argument<R> =
  R extends Row<infer Needed, infer Free, unknown>
    ? { readonly [K in keyof Needed]: Needed[K] } & { readonly [K in keyof Free]?: Free[K] | undefined }
    : never

/** What a row's method resolves with. */
export type AnswerOf<R> = R extends Row<unknown, unknown, infer Answer> ? Answer : never
