// The command of this room, for the program.
export { bridge } from './bridge.js'
