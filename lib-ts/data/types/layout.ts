import type { TypeDef } from './typedef.js'

/** One numbered field of a {@link Layout}. */
export interface Field {
  readonly index: number
  readonly name: string
  /** From the root, dotted; the root's own is `''`. */
  readonly path: string
  /** The type of this field: its code, id and members. */
  readonly type: TypeDef
  /** Index of the structure that holds it, -1 for the root. */
  readonly parent: number
  /** One past the last descendant, depth first. */
  readonly end: number
  /** Indices of the direct members. */
  readonly children: readonly number[]
}

type Building = { -readonly [K in keyof Field]: Field[K] }

const layouts = new WeakMap<TypeDef, Layout>()

/**
 * A type with its fields numbered depth first, structures included, the root being 0.
 *
 * That is how PVAccess numbers the bits of a changed-bitset. Members of a union, an any or a struct array have no
 * number: such a field is a leaf here.
 */
export class Layout {
  readonly type: TypeDef
  readonly fields: readonly Field[]
  /** Field numbers by dotted path; the root is not among them. */
  readonly byPath: ReadonlyMap<string, number>
  readonly #children: (ReadonlyMap<string, number> | undefined)[] = []

  private constructor(type: TypeDef) {
    const fields: Building[] = []
    number(type, '', '', -1, fields)
    this.type = type
    this.fields = fields
    this.byPath = new Map(fields.slice(1).map((field) => [field.path, field.index]))
  }

  static of(type: TypeDef): Layout {
    let layout = layouts.get(type)
    if (layout === undefined) {
      layout = new Layout(type)
      layouts.set(type, layout)
    }
    return layout
  }

  /** The member of that name of a structure, -1 when there is none. */
  child(index: number, name: string): number {
    let names = this.#children[index]
    if (names === undefined) {
      names = new Map(this.field(index).children.map((child) => [this.field(child).name, child]))
      this.#children[index] = names
    }
    return names.get(name) ?? -1
  }

  /** The field of that number; the number must come from this layout. */
  field(index: number): Field {
    const field = this.fields[index]
    if (field === undefined) throw new RangeError(`field ${index} of ${this.fields.length}`)
    return field
  }
}

function number(type: TypeDef, name: string, path: string, parent: number, fields: Building[]): number {
  const index = fields.length
  const children: number[] = []
  const field: Building = { index, name, path, type, parent, end: index + 1, children }
  fields.push(field)
  if (type.code === 'struct') {
    const prefix = path === '' ? '' : `${path}.`
    for (const member of type.members) {
      children.push(number(member.type, member.name, prefix + member.name, index, fields))
    }
    field.end = fields.length
  }
  return index
}
