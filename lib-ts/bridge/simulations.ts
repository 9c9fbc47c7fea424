import { quote } from '../input/index.js'
import { alarm, NTEnum, NTScalar, type MutableValue } from '../index.js'
import { BridgeError } from '../pvws/index.js'
import type { Listener } from './feed.js'
import { LocalFeed } from './local-feed.js'

// ms between two updates at least.
const FASTEST = 100

/** The `sim://` PVs of a bridge, each shared by all that name it alike. They run while somebody listens. */
export class Simulations {
  readonly #feeds = new Map<string, SimulatedFeed>()

  /**
   * `flipflop(s)`, `sine`, `ramp` and `noise` with the arguments of the reference server.
   *
   * @throws BridgeError for any other name
   */
  of(text: string): SimulatedFeed {
    let feed = this.#feeds.get(text)
    if (feed === undefined) {
      feed = made(text)
      feed.onUnused = () => this.#feeds.delete(text)
      this.#feeds.set(text, feed)
    }
    return feed
  }

  /** One as it is; it does not begin to run. */
  peek(text: string): LocalFeed {
    return this.#feeds.get(text) ?? made(text)
  }

  close(): void {
    for (const feed of this.#feeds.values()) feed.stop()
    this.#feeds.clear()
  }
}

class SimulatedFeed extends LocalFeed {
  /** Called when the last listener has left. */
  onUnused: () => unknown = () => undefined
  readonly #next: (step: number) => object
  readonly #period: number
  #step = 0
  #timer: NodeJS.Timeout | undefined

  constructor(name: string, value: MutableValue, period: number, next: (step: number) => object) {
    super(name, value)
    this.#period = Math.max(FASTEST, period)
    this.#next = next
    this.assign(next(0))
  }

  override add(listener: Listener): void {
    super.add(listener)
    this.#timer ??= setInterval(() => this.assign(this.#next(++this.#step)), this.#period)
  }

  override delete(listener: Listener): void {
    super.delete(listener)
    if (this.used) return
    this.stop()
    this.onUnused()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

const FORM = /^([a-z]+)(?:\((.*)\))?$/

function made(text: string): SimulatedFeed {
  const parts = FORM.exec(text)
  const list = (parts?.[2] ?? '').split(',').map((x) => x.trim())
  const numbers = list.length === 1 && list[0] === '' ? [] : list.map(Number)
  if (parts === null || numbers.some((x) => !Number.isFinite(x))) throw unknown(text)
  switch (parts[1]) {
    case 'flipflop':
      return flipflop(text, numbers)
    case 'sine':
      return wave(text, numbers, sine)
    case 'ramp':
      return wave(text, numbers, ramp)
    case 'noise':
      return wave(text, numbers, noise)
    default:
      throw unknown(text)
  }
}

function unknown(text: string): BridgeError {
  return new BridgeError(
    'ERR_BRIDGE_MESSAGE',
    `${quote(`sim://${text}`)}: there are flipflop(seconds), and sine, ramp and noise, each with (min, max, seconds) or without`,
  )
}

function flipflop(text: string, [seconds = 1, ...more]: readonly number[]): SimulatedFeed {
  if (!(seconds > 0) || more.length > 0) throw unknown(text)
  const value = new NTEnum().create({ value: { index: 0, choices: ['false', 'true'] } })
  return new SimulatedFeed(text, value, seconds * 1_000, (step) => ({ 'value.index': step % 2 }))
}

type Wave = (step: number, min: number, max: number, parameter: number | undefined) => number

// Ten steps per period where no other number is given.
const sine: Wave = (step, min, max, steps = 10) =>
  (min + max) / 2 + ((max - min) / 2) * Math.sin((2 * Math.PI * step) / steps)

const ramp: Wave = (step, min, max, size = 1) => min + ((step * size) % (max - min + size))

const noise: Wave = (_, min, max) => min + Math.random() * (max - min)

/** A number in a range, with warnings at 20 and 80 % of it and alarms at 10 and 90 %. */
function wave(text: string, numbers: readonly number[], at: Wave): SimulatedFeed {
  if (numbers.length === 1 || numbers.length > 4) throw unknown(text)
  const [min = -5, max = 5] = numbers
  const parameter = numbers.length === 4 ? numbers[2] : undefined
  const seconds = (numbers.length === 4 ? numbers[3] : numbers[2]) ?? 1
  if (!(min < max) || !(seconds > 0) || (parameter !== undefined && !(parameter > 0))) throw unknown(text)
  const part = (share: number): number => min + (max - min) * share
  const type = new NTScalar('float64', { display: true, valueAlarm: true, form: true })
  const limits = [part(0.1), part(0.2), part(0.8), part(0.9)] as const
  const value = type.create({
    display: { units: 'a.u.', precision: 2, limitLow: min, limitHigh: max },
    valueAlarm: {
      lowAlarmLimit: limits[0],
      lowWarningLimit: limits[1],
      highWarningLimit: limits[2],
      highAlarmLimit: limits[3],
    },
  })
  return new SimulatedFeed(text, value, seconds * 1_000, (step) => {
    const x = at(step, min, max, parameter)
    return { value: x, alarm: alarm(severityOf(x, limits)) }
  })
}

function severityOf(
  x: number,
  [low, lower, higher, high]: readonly [number, number, number, number],
): 0 | 1 | 2 {
  if (x <= low || x >= high) return 2
  return x <= lower || x >= higher ? 1 : 0
}
