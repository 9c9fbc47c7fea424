import type { Value } from '../../data/index.js'
import { NTNDArray } from '../../nt/index.js'
import { codeOfArray, memberOf, numbersMember } from './arrays.js'
import type { Base64, Content1 } from './content.js'

// areaDetector's colour modes: in RGB1 to RGB3 the colour is the first, second and third dimension, fastest first.
const COLORS: Readonly<Record<number, string>> = { 0: 'mono', 1: 'bayer', 2: 'RGB1', 3: 'RGB2', 4: 'RGB3' }

/** An image: its pixels as the array of their type, and its sizes. Undefined for a compressed or empty one. */
export function imageContent(value: Value, base64: Base64): Content1 | undefined {
  const { data, shape, colorMode = 0, codec } = NTNDArray.unwrap(value)
  if (codec !== '' || data === null || !ArrayBuffer.isView(data)) return undefined
  const pixels = data
  const dims = shape.toReversed()
  const [width, height] = sizesOf(dims, colorMode)
  const color = JSON.stringify(COLORS[colorMode] ?? String(colorMode))
  return {
    vtype: 'VImage',
    meta: `,"width":${width},"height":${height},"dims":${JSON.stringify(dims)},"color":${color}`,
    value: numbersMember(pixels, memberOf(codeOfArray(pixels)), base64),
    large: true,
  }
}

function sizesOf(dims: readonly number[], colorMode: number): readonly [number, number] {
  const color = colorMode - 2
  const plane = dims.length > 2 && color >= 0 && color <= 2 ? dims.filter((_, i) => i !== color) : dims
  return [plane[0] ?? 0, plane[1] ?? 1]
}
