import { isScalarCode, memberNamed, type TypeDef, type Value } from '../data/index.js'
import type { Series, SeriesType } from './sample.js'

/** What a PV's type says about its series. */
export interface SeriesSource {
  readonly type: SeriesType
  readonly array: boolean
  readonly display: boolean
  readonly descriptor: boolean
}

const sources = new WeakMap<TypeDef, SeriesSource | string>()

/** How values of a type become samples, or the reason why they do not. */
export function sourceOf(type: TypeDef): SeriesSource | string {
  let source = sources.get(type)
  if (source === undefined) sources.set(type, (source = introspect(type)))
  return source
}

function introspect(type: TypeDef): SeriesSource | string {
  const kind = type.id === '' ? 'it' : `its type, ${type.id},`
  const value = type.code === 'struct' ? memberNamed(type, 'value')?.type : undefined
  if (value === undefined) return `${kind} has no field value`
  const about = {
    display: memberNamed(type, 'display')?.type.code === 'struct',
    descriptor: memberNamed(type, 'descriptor')?.type.code === 'string',
  }
  const { code } = value
  if (code === 'struct') {
    return memberNamed(value, 'index') !== undefined &&
      memberNamed(value, 'choices')?.type.code === 'string[]'
      ? { type: 'enum', array: false, ...about }
      : `${kind} has a structure as its value`
  }
  return isScalarCode(code.replace(/\[\]$/, ''))
    ? { type: code as SeriesType, array: code.endsWith('[]'), ...about }
    : `${kind} has a value of type ${code}`
}

/** The series of a PV; the one before when nothing in it has changed. */
export function seriesOf(
  id: string,
  source: SeriesSource,
  update: Value,
  labels: boolean,
  before: Series | undefined,
): Series {
  const { units = '', description: displayed = '' } = (source.display ? update['display'] : {}) as Partial<
    Record<'units' | 'description', string>
  >
  const description = displayed === '' && source.descriptor ? (update['descriptor'] as string) : displayed
  const isEnum = source.type === 'enum'
  // An update that holds only what is marked, or a request without them, has no choices to say.
  const told = isEnum ? (update['value'] as { readonly choices?: readonly string[] }).choices : undefined
  const choices =
    told !== undefined && told.length === 0 && before !== undefined && !update.$isChanged('value.choices')
      ? before.choices
      : told
  if (
    before !== undefined &&
    (before.units ?? '') === units &&
    (before.description ?? '') === description &&
    (labels || sameTexts(before.choices, choices))
  )
    return before
  return Object.freeze({
    id,
    type: isEnum && labels ? 'string' : source.type,
    ...(units === '' ? {} : { units }),
    ...(description === '' ? {} : { description }),
    ...(choices === undefined || labels ? {} : { choices }),
  })
}

function sameTexts(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === b) return true
  return a !== undefined && b !== undefined && a.length === b.length && a.every((text, i) => text === b[i])
}
