// What the shapes of configurations are made of.

/** A place in a configuration. `about` is one sentence. */
export type Shape = { readonly about: string; readonly required?: true } & (
  | { readonly kind: 'text'; readonly pattern?: RegExp; readonly wanted?: string }
  | {
      readonly kind: 'number'
      readonly least?: number
      readonly above?: number
      readonly most?: number
      readonly whole?: true
    }
  | { readonly kind: 'flag' }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'list'; readonly of: Shape }
  | {
      readonly kind: 'object'
      readonly keys: Readonly<Record<string, Shape>>
      /** Exactly one of these keys is there. */
      readonly oneOf?: readonly string[]
    }
  | { readonly kind: 'map'; readonly of: Shape; readonly name: RegExp; readonly wanted: string }
  | { readonly kind: 'either'; readonly of: Alternatives }
  | { readonly kind: 'variants'; readonly of: Readonly<Record<string, ObjectShape>> }
)

/** What a value may be, by its type in JSON. */
export interface Alternatives {
  readonly text?: Shape
  readonly flag?: Shape
  readonly list?: Shape
  readonly object?: Shape
}

export type ObjectShape = Shape & { readonly kind: 'object' }

export const text = (about: string, more: object = {}): Shape => ({ kind: 'text', about, ...more })
export const flag = (about: string): Shape => ({ kind: 'flag', about })
export const word = (about: string, ...words: readonly string[]): Shape => ({ kind: 'word', words, about })
export const whole = (about: string, least: number, most = Number.MAX_SAFE_INTEGER): Shape => ({
  kind: 'number',
  whole: true,
  least,
  most,
  about,
})
export const number = (about: string, more: object = { least: 0 }): Shape => ({
  kind: 'number',
  about,
  ...more,
})
export const texts = (about: string): Shape => ({ kind: 'list', of: text('One of them.'), about })
export const object = (
  about: string,
  keys: Readonly<Record<string, Shape>>,
  more: { readonly oneOf?: readonly string[] } = {},
): ObjectShape => ({ kind: 'object', keys, about, ...more })
export const needed = <S extends Shape>(shape: S): S => ({ ...shape, required: true })

export const NAME = /^[A-Za-z0-9._-]{1,64}$/
export const NAMED = '1 to 64 letters, digits, ".", "_" or "-"'
/** ms, of a timer. */
export const LONGEST = 2 ** 31 - 1
