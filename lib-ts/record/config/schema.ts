// The JSON schema of a configuration, for editors; the validator stands on the same shapes.
import { configShape } from './shape.js'
import type { ObjectShape, Shape } from './shape-kinds.js'

/** A JSON schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>

/** What a text may be as long as it holds what is taken from outside. */
const SUBSTITUTED = '\\$\\{(env|file):[^}]*\\}'

/** The schema of a configuration, draft 7, which editors know best. Comments and trailing commas are allowed besides. */
export function configSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of a node-pvxs recorder',
    ...schemaOf(configShape),
  }
}

function schemaOf(shape: Shape): Schema {
  return { description: shape.about, ...ruleOf(shape) }
}

function ruleOf(shape: Shape): Schema {
  switch (shape.kind) {
    case 'text':
      return textRule(shape)
    case 'number':
      return numberRule(shape)
    case 'flag':
      return { type: 'boolean' }
    case 'word':
      return wordRule(shape.words)
    case 'list':
      return { type: 'array', items: schemaOf(shape.of) }
    case 'object':
      return objectRule(shape)
    case 'map':
      return {
        type: 'object',
        propertyNames: { pattern: sourceOf(shape.name) },
        additionalProperties: schemaOf(shape.of),
      }
    case 'either':
      return { anyOf: Object.values(shape.of as Readonly<Record<string, Shape>>).map(schemaOf) }
    case 'variants':
      return variantsRule(shape.of)
  }
}

function textRule({ pattern }: Shape & { readonly kind: 'text' }): Schema {
  if (pattern === undefined) return { type: 'string', minLength: 1 }
  return { type: 'string', anyOf: [{ pattern: sourceOf(pattern) }, { pattern: SUBSTITUTED }] }
}

function numberRule({ whole, least, above, most }: Shape & { readonly kind: 'number' }): Schema {
  return {
    type: whole === true ? 'integer' : 'number',
    ...(least !== undefined && { minimum: least }),
    ...(above !== undefined && { exclusiveMinimum: above }),
    ...(most !== undefined && { maximum: most }),
  }
}

function wordRule(words: readonly string[]): Schema {
  return { anyOf: [{ enum: words }, { type: 'string', pattern: SUBSTITUTED }] }
}

function objectRule({ keys, oneOf }: ObjectShape): Schema {
  const required = Object.keys(keys).filter((key) => keys[key]?.required === true)
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(keys).map(([key, shape]) => [key, schemaOf(shape)])),
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    ...(oneOf !== undefined && { oneOf: oneOf.map((key) => ({ required: [key] })) }),
  }
}

/** Chosen by `type`: a fault is then told of the one that is meant, and not of all. */
function variantsRule(of: Readonly<Record<string, Shape>>): Schema {
  return {
    type: 'object',
    required: ['type'],
    properties: { type: wordRule(Object.keys(of)) },
    allOf: Object.entries(of).map(([type, shape]) => ({
      if: { required: ['type'], properties: { type: { const: type } } },
      then: schemaOf(shape),
    })),
  }
}

/** An expression as JSON schemas have it: without flags. */
function sourceOf({ source, flags }: RegExp): string {
  return flags.includes('s') ? source.replace('.', '[\\s\\S]') : source
}
