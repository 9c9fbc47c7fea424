// What is loaded when a server is started, and not before.
export { ArrowPages } from './arrow.js'
export { BtrdbFake } from './fake.js'
