// Addresses and EPICS_PVA* variables, as client and server read them.
export { address, parseAddress, serverAddress } from './addresses.js'
export {
  connectionTimeout,
  connectionTimeoutOf,
  definitionsOf,
  pick,
  port,
  settingsOfProcess,
  splitList,
  withPorts,
  yes,
  yesNo,
  type Settings,
} from './settings.js'
