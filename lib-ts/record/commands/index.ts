// The commands of this room, for the program.
export { history } from './history.js'
export { record } from './record.js'
