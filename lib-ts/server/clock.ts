import { timeStamp, type MutableValue, type TypeDef } from '../data/index.js'

const NS_PER_MS = 1_000_000n
const DRIFT = 2 // ms; more means that the clock was set

let origin = Date.now() - performance.now()

/** Now in ns since 1970, to the microsecond: two posts in one millisecond must not have the same time. */
export function nowNs(): bigint {
  const wall = Date.now()
  const now = performance.now()
  if (Math.abs(origin + now - wall) > DRIFT) origin = wall - now
  const ms = origin + now
  const whole = Math.floor(ms)
  return BigInt(whole) * NS_PER_MS + BigInt(Math.floor((ms - whole) * 1_000)) * 1_000n
}

const stamped = new WeakMap<TypeDef, boolean>()

/** Whether values of a type have a time. */
function hasTime(type: TypeDef): boolean {
  let known = stamped.get(type)
  if (known === undefined) {
    const members = type.members.find(({ name }) => name === 'timeStamp')?.children ?? []
    known = ['secondsPastEpoch', 'nanoseconds'].every((name) =>
      members.some((member) => member.name === name),
    )
    stamped.set(type, known)
  }
  return known
}

/** Sets the time of a value that does not bring its own. */
export function stamp(value: MutableValue): void {
  if (!hasTime(value.$type)) return
  if (value.$isChanged('timeStamp.secondsPastEpoch') || value.$isChanged('timeStamp.nanoseconds')) return
  value.$assign({ timeStamp: timeStamp(nowNs()) })
}
