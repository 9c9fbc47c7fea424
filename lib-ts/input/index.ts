// What users hand in, checked at the door; for the other rooms.
export { pvName, pvNames } from './names.js'
export { INSPECT, shown, type Inspect } from './inspect.js'
export { didYouMean, nearest } from './nearest.js'
export { isMap, isPlainObject, isThenable, ownEntries, reading } from './objects.js'
export {
  abortSignal,
  bad,
  callback,
  checkOptions,
  duration,
  flag,
  headers,
  integer,
  list,
  readOptions,
  text,
  wordOf,
  type Check,
  type Checked,
  type Checks,
} from './options.js'
export { escaped, escapeControls, escapeLine, isFieldName, isWellFormed, quote } from './quote.js'
export { hasZone, isoText, isoTime, timeOf, type TimeInput } from './time.js'
