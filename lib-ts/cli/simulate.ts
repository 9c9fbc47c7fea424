// Values that move by themselves.
import { unknownWord, UsageError } from './declare.js'
import type { Words } from './definitions.js'
import type { Kind } from './serving/kinds.js'

/** Gives the value at a step; `t`: seconds since the beginning. */
export type Simulation = (t: number, step: number) => unknown

const SIMS = [
  'sine',
  'ramp',
  'triangle',
  'square',
  'noise',
  'walk',
  'count',
  'toggle',
  'cycle',
  'clock',
  'wave',
  'image',
] as const
type Sim = (typeof SIMS)[number]

export const simNames: readonly string[] = SIMS

const DEFAULT_PERIOD = 10_000 // ms
const DEFAULT_SIZE = 256

/** The sim of that name. */
export function simOf(name: string, what: string): Sim {
  const sim = SIMS.find((candidate) => candidate === name)
  if (sim === undefined) throw unknownWord(name, SIMS, `a simulation (${what})`)
  return sim
}

/** The type of a simulated PV of which nothing is said. */
export function kindOfSim(sim: Sim): Kind {
  switch (sim) {
    case 'count':
      return { kind: 'scalar', code: 'int32' }
    case 'toggle':
      return { kind: 'scalar', code: 'bool' }
    case 'cycle':
      return { kind: 'enum', choices: ['Off', 'Standby', 'On', 'Fault'] }
    case 'clock':
      return { kind: 'scalar', code: 'string' }
    case 'wave':
      return { kind: 'array', code: 'float64' }
    case 'image':
      return { kind: 'image', width: 64, height: 48 }
    default:
      return { kind: 'scalar', code: 'float64' }
  }
}

/** Whether a PV of that type can be simulated so. */
export function fits(sim: Sim, kind: Kind): boolean {
  const isNumber = kind.kind === 'scalar' && kind.code !== 'bool' && kind.code !== 'string'
  switch (sim) {
    case 'toggle':
      return isNumber || kind.kind === 'enum' || (kind.kind === 'scalar' && kind.code === 'bool')
    case 'cycle':
      return kind.kind === 'enum'
    case 'clock':
      return isNumber || (kind.kind === 'scalar' && kind.code === 'string')
    case 'wave':
      return kind.kind === 'array' && kind.code !== 'bool' && kind.code !== 'string'
    case 'image':
      return kind.kind === 'image'
    default:
      return isNumber
  }
}

/** @throws UsageError when a PV of that type cannot be simulated so */
export function simulation(sim: Sim, kind: Kind, words: Words, where: string): Simulation {
  if (!fits(sim, kind)) throw new UsageError(`${where}: sim=${sim} does not make values of that type`)
  const { amp = 1, offset = 0, period = DEFAULT_PERIOD } = words
  const random = randomFrom(words.seed ?? 1)
  const phase = (t: number): number => ((t * 1_000) / period) % 1
  switch (sim) {
    case 'wave':
      return waveOf(kind, words, phase)
    case 'image':
      return imageOf(kind, phase)
    case 'toggle':
      return toggleOf(kind)
    case 'cycle':
      return (_, step) => step % (kind.kind === 'enum' ? kind.choices.length : 1)
    case 'clock':
      return clockOf(kind)
    case 'noise':
      return whole(kind, () => offset + amp * (2 * random() - 1))
    case 'walk':
      return walkOf(kind, random, amp, offset)
    case 'count':
      return countOf(kind, offset)
    default: {
      const shape = SHAPES[sim]
      return whole(kind, (t) => offset + amp * shape(phase(t)))
    }
  }
}

/** By the part of the period that is over. */
const SHAPES: Readonly<Record<'sine' | 'ramp' | 'triangle' | 'square', (phase: number) => number>> = {
  sine: (phase) => Math.sin(2 * Math.PI * phase),
  ramp: (phase) => phase,
  triangle: (phase) => (phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase),
  square: (phase) => (phase < 0.5 ? 1 : -1),
}

// The range of integers, in which a simulated value stays.
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
}

/** Rounds to integers, where the type has no others. */
function whole(kind: Kind, of: (t: number, step: number) => number): Simulation {
  const range = 'code' in kind ? RANGES[kind.code] : undefined
  if (range === undefined) return of
  return (t, step) => Math.min(range[1], Math.max(range[0], Math.round(of(t, step))))
}

// Begins again at the end of the type's range.
function countOf(kind: Kind, offset: number): Simulation {
  const [, last] = ('code' in kind ? RANGES[kind.code] : undefined) ?? [0, Number.MAX_SAFE_INTEGER]
  return whole(kind, (_, step) => (offset + step) % (last + 1))
}

function walkOf(kind: Kind, random: () => number, amp: number, offset: number): Simulation {
  let at = offset
  return whole(kind, () => (at += (amp / 10) * (2 * random() - 1)))
}

function toggleOf(kind: Kind): Simulation {
  const choices = kind.kind === 'enum' ? Math.min(2, kind.choices.length) : 2
  if (kind.kind === 'scalar' && kind.code === 'bool') return (_, step) => step % 2 === 1
  return (_, step) => step % choices
}

function clockOf(kind: Kind): Simulation {
  const isText = kind.kind === 'scalar' && kind.code === 'string'
  return isText ? () => new Date().toISOString() : whole(kind, () => Date.now() / 1_000)
}

function waveOf(kind: Kind, words: Words, phase: (t: number) => number): Simulation {
  const { amp = 1, offset = 0, size = DEFAULT_SIZE } = words
  const rounded = whole({ kind: 'scalar', code: 'code' in kind ? kind.code : 'float64' }, (x) => x)
  return (t) =>
    Array.from({ length: size }, (_, k) =>
      rounded(offset + amp * Math.sin(2 * Math.PI * (k / size + phase(t))), 0),
    )
}

/** A bright spot that goes around. */
function imageOf(kind: Kind, phase: (t: number) => number): Simulation {
  const { width, height } = kind.kind === 'image' ? kind : { width: 1, height: 1 }
  return (t) => {
    const angle = 2 * Math.PI * phase(t)
    const x = (width / 2) * (1 + Math.cos(angle) / 2)
    const y = (height / 2) * (1 + Math.sin(angle) / 2)
    const spread = 2 * (Math.min(width, height) / 8) ** 2 + 1
    const pixels = new Uint8Array(width * height)
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const distance = (column - x) ** 2 + (row - y) ** 2
        pixels[row * width + column] = 255 * Math.exp(-distance / spread)
      }
    }
    return pixels
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }
}
