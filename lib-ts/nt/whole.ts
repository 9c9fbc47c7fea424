// Fields that say something only together: the data of an image and its dimensions, the columns of a table.
import { peek, type TypeDef, type ValueMembers } from '../data/index.js'
import { ConversionError, InvalidArgumentError } from '../errors.js'
import { quote } from '../input/index.js'
import { hasId, memberType } from './builder.js'
import { NTNDArray } from './ndarray.js'

type Whole = ValueMembers<unknown>
type Kind = 'image' | 'table' | 'other'

const kinds = new WeakMap<TypeDef, Kind>()
const MOST_SHOWN = 10

function kindOf(type: TypeDef): Kind {
  let known = kinds.get(type)
  if (known === undefined) {
    const value = type.create()
    const isTable = hasId(value, 'epics:nt/NTTable') && memberType(type, 'value')?.code === 'struct'
    kinds.set(type, (known = isTable ? 'table' : new NTNDArray().is(value) ? 'image' : 'other'))
  }
  return known
}

/** Whether values of this type have fields that must fit each other. */
export function hasWhole(type: TypeDef): boolean {
  return kindOf(type) !== 'other'
}

/**
 * Checks that what a value is about to become is whole: an image's data fills its shape, and a table's columns have one length.
 *
 * @param part what is written; its marked fields count
 * @param current has the other fields; only asked when some are needed
 * @throws ConversionError saying what does not fit, and how it is meant
 */
export function checkWhole(part: Whole, current: () => Whole): void {
  const kind = kindOf(part.$type)
  if (kind === 'other') return
  let rest: Whole | undefined
  const from = (path: string): unknown => peek(part.$isChanged(path) ? part : (rest ??= current()), path)
  if (kind === 'table') checkColumns(part, from)
  else checkShape(part, from)
}

/**
 * Checks a put of nothing but data, `put(name, array)`, where the rest of the value is not known.
 *
 * @throws InvalidArgumentError for an image
 */
export function checkShort(type: TypeDef): void {
  if (kindOf(type) !== 'image') return
  throw new InvalidArgumentError(
    'data alone does not say the shape of an image: put NTNDArray.wrap(data, { shape })',
  )
}

function checkColumns(part: Whole, from: (path: string) => unknown): void {
  const columns = memberType(part.$type, 'value')?.members ?? []
  if (!part.$isChanged('value')) return
  const lengths = columns.flatMap(({ name }) => {
    const cells = from(`value.${name}`)
    return isList(cells) ? [[name, cells.length] as const] : []
  })
  if (lengths.every(([, length]) => length === lengths[0]?.[1])) return
  const all = lengths.map(([name, length]) => `${quote(name)} has ${length}`)
  const more = all.length > MOST_SHOWN ? `, and ${all.length - MOST_SHOWN} more` : ''
  throw new ConversionError(
    `value: the columns of a table must be of one length: ${all.slice(0, MOST_SHOWN).join(', ')}${more}`,
    { path: 'value' },
  )
}

function checkShape(part: Whole, from: (path: string) => unknown): void {
  if (!part.$isChanged('value') && !part.$isChanged('dimension')) return
  const dimensions = from('dimension')
  // Without dimensions there is one, which is as long as the data.
  if (!isList(dimensions) || dimensions.length === 0) return
  const elements = elementsIn(from('value'))
  const sizes = Array.from(dimensions, (one) => Number((one as { size?: unknown } | null)?.size ?? 0))
  if (elements === undefined || elements === sizes.reduce((all, size) => all * size, 1)) return
  if (part.$has('codec.name') && from('codec.name') !== '') return // compressed
  throw new ConversionError(
    `value: data of ${elements} elements does not fill the shape [${sizes.reverse().join(', ')}] in "dimension"; give it with NTNDArray.wrap(data, { shape })`,
    { path: 'value' },
  )
}

/** How many elements a union, an any, or a bare array holds; undefined when there is no data. */
function elementsIn(value: unknown): number | undefined {
  let data = value
  while (typeof data === 'object' && data !== null && 'value' in data) data = data.value
  return isList(data) ? data.length : undefined
}

function isList(x: unknown): x is ArrayLike<unknown> {
  return Array.isArray(x) || ArrayBuffer.isView(x)
}
