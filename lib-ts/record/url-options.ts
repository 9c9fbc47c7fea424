// Options of a sink as the query parameters of a URL.
import type { SinkConfig } from './config/config.js'
import type { Shape } from './config/shape-kinds.js'
import { sinkShapes } from './config/sink-shapes.js'

/** Of a part of a URL. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a lone percent sign
  }
}

/** An option as its shape has it; what does not fit is left to the check of the configuration. */
function valueOf(type: SinkConfig['type'], key: string, text: string): unknown {
  const keys: Readonly<Record<string, Shape>> = sinkShapes[type].keys
  const shape = Object.hasOwn(keys, key) ? keys[key] : undefined
  const isFlag = shape?.kind === 'flag' || (shape?.kind === 'either' && shape.of.flag !== undefined)
  if (shape?.kind === 'number') return /^[\d.]+$/.test(text) ? Number(text) : text
  if (isFlag) return text === 'true' ? true : text === 'false' ? false : text
  return text
}

/** The options of a sink of this type that a URL gives. */
export function optionsOf(
  type: SinkConfig['type'],
  given: URLSearchParams,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...given].map(([key, value]) => [key, valueOf(type, key, value)]))
}
