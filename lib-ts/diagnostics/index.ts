// What tells how the package is doing: the log, counts of live objects, versions.
export { debug } from './debug.js'
export { setLogger, setLogLevel } from './logging.js'
export { version, type Versions } from './version.js'
