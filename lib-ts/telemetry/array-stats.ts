/** The figures of an array of numbers. */
export interface ArrayStats {
  readonly min: number | bigint
  readonly max: number | bigint
  readonly mean: number
  /** The sample deviation, 0 for one element. */
  readonly std: number
}

/** The figures of an array, which must not be empty. A NaN in it makes all of them NaN; 64-bit extremes stay exact. */
export function arrayStats(array: ArrayLike<number | bigint | boolean>): ArrayStats {
  const big = typeof array[0] === 'bigint'
  const { min, max, mean } = big
    ? ofBigints(array as ArrayLike<bigint>)
    : ofNumbers(array as ArrayLike<number>)
  const n = array.length
  if (n === 1) return { min, max, mean, std: Number.isNaN(mean) ? NaN : 0 }
  // A second pass: the difference of two large sums would lose all digits of a small deviation.
  let squares = 0
  for (let i = 0; i < n; i++) {
    const d = Number(array[i]) - mean
    squares += d * d
  }
  return { min, max, mean, std: Math.sqrt(squares / (n - 1)) }
}

function ofNumbers(array: ArrayLike<number | boolean>): { min: number; max: number; mean: number } {
  const n = array.length
  let min = Number(array[0])
  let max = min
  let mean = 0
  for (let i = 0; i < n; i++) {
    const x = Number(array[i])
    if (x < min) min = x
    if (x > max) max = x
    // Not a sum that is divided at the end: that of large numbers is infinite when their mean is not.
    mean += (x - mean) / (i + 1)
  }
  return Number.isNaN(mean) && hasNaN(array) ? { min: NaN, max: NaN, mean: NaN } : { min, max, mean }
}

function hasNaN(array: ArrayLike<number | boolean>): boolean {
  for (let i = 0; i < array.length; i++) if (Number.isNaN(array[i])) return true
  return false
}

function ofBigints(array: ArrayLike<bigint>): { min: bigint; max: bigint; mean: number } {
  let min = array[0] as bigint
  let max = min
  let sum = 0n
  for (let i = 0; i < array.length; i++) {
    const x = array[i] as bigint
    if (x < min) min = x
    if (x > max) max = x
    sum += x
  }
  const n = BigInt(array.length)
  const whole = sum / n
  return { min, max, mean: Number(whole) + Number(sum - whole * n) / array.length }
}
