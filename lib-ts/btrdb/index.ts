// BTrDB and PredictiveGrid: a client, PVs into it and history back out.
export { BTrDBArgumentError, BTrDBError, type BTrDBCode, type BTrDBErrorDetails } from './errors.js'
export { pvUuid } from './pv-uuid.js'
