// The types that a definition may have, by the words for them.
import { isScalarCode, pvDataWords, scalarCodes, type ScalarCode } from '../../data/index.js'
import { didYouMean, isFieldName, quote } from '../../input/index.js'

/** What a PV holds. */
export type Kind =
  | { readonly kind: 'scalar'; readonly code: ScalarCode }
  | { readonly kind: 'array'; readonly code: ScalarCode }
  | { readonly kind: 'enum'; readonly choices: readonly string[] }
  | { readonly kind: 'table'; readonly columns: Readonly<Record<string, `${ScalarCode}[]`>> }
  | { readonly kind: 'image'; readonly width: number; readonly height: number }

const OTHERS: Readonly<Record<string, ScalarCode>> = {
  ...pvDataWords,
  ...Object.fromEntries(scalarCodes.filter((code) => /^u?int/.test(code)).map((code) => [`${code}_t`, code])),
}

export const typeWords: readonly string[] = [...scalarCodes, ...Object.keys(OTHERS)]

const LARGEST_IMAGE = 1 << 24 // pixels

/** A reason why a type cannot be made. */
export class BadType extends Error {}

/** The type that a word names; undefined when it names none. */
export function kindOfWord(word: string): Kind | undefined {
  const element = word.replace(/\[\]$/, '')
  const code = codeOf(element)
  return code && { kind: element === word ? 'scalar' : 'array', code }
}

function codeOf(word: string): ScalarCode | undefined {
  if (isScalarCode(word)) return word
  return Object.hasOwn(OTHERS, word) ? OTHERS[word] : undefined
}

/** The type `word(inside)`: enum, table or image. */
export function kindWith(word: string, inside: string): Kind {
  switch (word) {
    case 'enum':
      return { kind: 'enum', choices: choicesOf(inside) }
    case 'table':
      return { kind: 'table', columns: columnsOf(inside) }
    default:
      return imageOf(inside)
  }
}

function choicesOf(inside: string): string[] {
  const choices = parts(inside).map((part) => (part.startsWith('"') ? textIn(part) : part))
  const twice = choices.find((choice, k) => choices.indexOf(choice) !== k)
  if (twice !== undefined) throw new BadType(`the choice ${quote(twice)} is there twice`)
  if (choices.includes('')) throw new BadType('a choice is empty: enum(Off,On)')
  return choices
}

function textIn(part: string): string {
  try {
    return JSON.parse(part) as string
  } catch {
    throw new BadType(`${quote(part)} is not text in quotes`)
  }
}

function columnsOf(inside: string): Record<string, `${ScalarCode}[]`> {
  const columns: Record<string, `${ScalarCode}[]`> = {}
  for (const part of parts(inside)) {
    const [, name = '', word = ''] = /^([^:]*):(.*)$/.exec(part) ?? []
    if (!isFieldName(name.trim()))
      throw new BadType(`${quote(part)} is not NAME:TYPE, a column of a table(i:int32,name:string)`)
    if (Object.hasOwn(columns, name.trim()))
      throw new BadType(`the column ${quote(name.trim())} is there twice`)
    const code = codeOf(word.trim().replace(/\[\]$/, ''))
    if (code === undefined) throw unknownType(word.trim())
    columns[name.trim()] = `${code}[]`
  }
  return columns
}

function imageOf(inside: string): Kind {
  const [, width, height] = /^\s*(\d{1,5})\s*x\s*(\d{1,5})\s*$/.exec(inside) ?? []
  const pixels = Number(width) * Number(height)
  if (!(pixels >= 1 && pixels <= LARGEST_IMAGE))
    throw new BadType(`${quote(inside)} is not WIDTHxHEIGHT, such as 64x48, of at most 16777216 pixels`)
  return { kind: 'image', width: Number(width), height: Number(height) }
}

export function unknownType(word: string): BadType {
  return new BadType(
    `${quote(word)} is not a type${didYouMean(word, typeWords)} (${scalarCodes.join(', ')}, each also with [], enum(…), table(…), image(…))`,
  )
}

/** Items between commas that do not stand in quotes. */
function parts(inside: string): string[] {
  const items = inside.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+|(?<=,)(?=,|$)|^(?=,)/g) ?? ['']
  return items.map((item) => item.trim())
}

export function isNumber(kind: Kind): boolean {
  return (kind.kind === 'scalar' || kind.kind === 'array') && kind.code !== 'bool' && kind.code !== 'string'
}
