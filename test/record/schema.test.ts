// The JSON schema of configurations agrees with what checks them.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import Ajv from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError, parseConfig } from 'node-pvxs/record'
import { referenceOf } from '../../scripts/package/record-reference.mjs'
import { run } from '../cli/run.js'

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly oneOf?: readonly { readonly required: readonly [string] }[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | false
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly { readonly then: Schema }[]
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
}

const root = join(import.meta.dirname, '../..')
const text = await readFile(join(root, 'record.schema.json'), 'utf8')
const schema = JSON.parse(text) as Schema
const validate = new Ajv({ allErrors: false }).compile(schema)

function passes(config: unknown): boolean {
  try {
    parseConfig(JSON.stringify(config))
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return false
  }
}

// What a schema cannot say is kept out of what is generated: names that refer to others, and periods that contradict.
const GIVEN: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  '/pvs/name': fc.constantFrom('a', 'lab:t', 'b.VAL'),
  '/pvs/file': fc.constant(join(root, 'test/record/names.txt')),
  '/sinks/*/pvs': fc.constant(['*']),
}
const NEVER = new Set(['profile', 'minPeriod', 'sinks'])

/** Values that a schema describes. */
function fitting(part: Schema, path: string): fc.Arbitrary<unknown> {
  const given = GIVEN[path]
  if (given !== undefined) return given
  if (part.allOf !== undefined) return fc.oneof(...part.allOf.map(({ then }) => fitting(then, path)))
  if (part.enum !== undefined) return fc.constantFrom(...part.enum)
  if (part.anyOf !== undefined && part.type === undefined)
    return fc.oneof(
      ...part.anyOf.filter(({ pattern }) => pattern === undefined).map((one) => fitting(one, path)),
    )
  switch (part.type) {
    case 'string':
      return textOf(part, path)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: part.minimum ?? 0, max: Math.min(part.maximum ?? 1000, 2 ** 31 - 1) })
    case 'number':
      return fc.integer({
        min: Math.max(1, part.minimum ?? 1),
        max: Math.min(part.maximum ?? 100_000, 100_000),
      })
    case 'array':
      return fc.array(fitting(part.items as Schema, path), { maxLength: 3 })
    default:
      return part.properties === undefined
        ? fc.dictionary(
            fc.stringMatching(/^[a-z]{1,8}$/),
            fitting(part.additionalProperties as Schema, `${path}/*`),
            { minKeys: 1, maxKeys: 2 },
          )
        : objectOf(part, path)
  }
}

function textOf({ anyOf }: Schema, path: string): fc.Arbitrary<string> {
  if (anyOf === undefined) return fc.constantFrom('x', 'lab', 'a b')
  if (path.endsWith('/name')) return fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/)
  if (path.endsWith('/namespace')) return fc.uuid()
  return fc.constantFrom('http://localhost:8086', 'https://pi.lab/piwebapi')
}

function objectOf({ properties = {}, required = [], oneOf }: Schema, path: string): fc.Arbitrary<unknown> {
  const keys = Object.keys(properties).filter((key) => path === '' || !NEVER.has(key))
  const fields = Object.fromEntries(
    keys.map((key) => [key, fitting(properties[key] as Schema, `${path}/${key}`)]),
  )
  const one =
    oneOf === undefined ? fc.constant(undefined) : fc.constantFrom(...oneOf.map(({ required: [key] }) => key))
  return one.chain((chosen) => {
    const others = (oneOf ?? []).flatMap(({ required: [key] }) => (key === chosen ? [] : [key]))
    const wanted = Object.fromEntries(Object.entries(fields).filter(([key]) => !others.includes(key)))
    const needed = [...required, ...(chosen === undefined ? [] : [chosen])]
    return fc.record(wanted, { requiredKeys: needed })
  })
}

const configs = fitting(schema, '').filter(
  (config) => (config as { pvs?: unknown }).pvs !== undefined,
) as fc.Arbitrary<Record<string, unknown>>

const WRONG = [null, true, 0, -1, 1.5, 1e300, '', 'wrong', ' ', [], [null], {}, { x: 1 }, 'ca://x'.slice(5)]

/** A configuration with something else at one place, or without it, or with one key more. */
function spoilt(config: Record<string, unknown>, at: number, how: number): unknown {
  const copy = structuredClone(config)
  const places: [Record<string, unknown>, string][] = []
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, item] of Object.entries(value)) {
      if (path === '/sinks/x' && key === 'pvs') continue
      places.push([value as Record<string, unknown>, key])
      walk(item, path === '/sinks' ? '/sinks/x' : `${path}/${key}`)
    }
  }
  walk(copy, '')
  const [holder, key] = places[at % places.length] as [Record<string, unknown>, string]
  if (how === 0) Reflect.deleteProperty(holder, key)
  else if (how === 1 && !Array.isArray(holder)) holder[`${key}x`] = 1
  else holder[key] = WRONG[how % WRONG.length]
  return copy
}

/** Faults that are of what a configuration means, and not of its shape. */
const MEANING =
  /is not a PV name|no sink takes|no sink is named|there is no (sink|profile)|which is less than|Channel Access|cannot be read/

describe('record.schema.json', () => {
  it('is what the program prints, and what the reference is made of', async () => {
    expect((await run(['record', '--schema'])).stdout).toBe(text)
    const page = await readFile(join(root, 'docs/recording-reference.md'), 'utf8')
    expect(page.slice(page.indexOf('## '))).toBe(referenceOf(schema))
  })

  it('accepts what parseConfig accepts', () => {
    fc.assert(
      fc.property(configs, (config) => {
        expect({ ok: validate(config), why: validate.errors }).toEqual({ ok: true, why: null })
        expect(passes(config)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('refuses what parseConfig refuses, for its shape', () => {
    const seen = { good: 0, bad: 0 }
    fc.assert(
      fc.property(configs, fc.nat(), fc.nat({ max: 40 }), (config, at, how) => {
        const wrong = spoilt(config, at, how)
        const fits = validate(wrong) === true
        try {
          parseConfig(JSON.stringify(wrong))
          seen.good++
          expect({ fits, wrong }).toEqual({ fits: true, wrong })
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
          seen.bad++
          const meaning = error.faults.every(({ message }) => MEANING.test(message))
          expect({ fits, wrong, why: error.message }).toEqual({ fits: meaning, wrong, why: error.message })
        }
      }),
      { numRuns: 1_000 },
    )
    expect(seen.bad).toBeGreaterThan(300)
    expect(seen.good).toBeGreaterThan(20)
  })

  it('lets a text be taken from outside where it has to be one of some', () => {
    const sinks = (layout: string): object => ({
      pvs: [],
      sinks: { db: { type: 'influx', url: '${env:URL}', database: 'd', layout } },
    })
    expect(validate(sinks('${env:LAYOUT:-tag}'))).toBe(true)
    expect(validate(sinks('tags'))).toBe(false)
  })
})
