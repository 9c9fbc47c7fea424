// node-pvxs/testing: what the test suites of users need. Loading it loads no addon.
export { loopback, type Loopback, type LoopbackOptions } from './loopback.js'
export type { BtrdbFake } from './btrdb/fake.js'
export type { BtrdbFakeOptions, FakeCall, FakeFault, FakeStream, FakeTls } from './btrdb/options.js'
export { btrdbFake } from './btrdb/start.js'
export type { Event as SimulatedEvent } from './pi/archive.js'
export type { SimulatedAttribute, SimulatedPoint } from './pi/model.js'
export type { SimulatedAnswer, SimulatedAuth, SimulatedRequest } from './pi/server.js'
export type {
  PiSimulator,
  PostOptions,
  SimulatedTime,
  SimulatedValue,
  SimulatorOptions,
} from './pi/simulator.js'
export { piSimulator } from './pi/start.js'
