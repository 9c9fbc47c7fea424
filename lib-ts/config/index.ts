// Addresses and EPICS_PVA* variables, as client and server read them.
export { addresses, parseAddress, serverAddress, splitList } from './addresses.js'
export {
  connectionTimeout,
  connectionTimeoutOf,
  definitionsOf,
  pick,
  port,
  settingsOfProcess,
  readable,
  yes,
  yesNo,
  type Settings,
} from './settings.js'
