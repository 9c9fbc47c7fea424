// node-pvxs/record: PVs into stores, and their history out.
export { RecordError, type RecordErrorDetails } from './errors.js'
export { JsonlStore } from './jsonl/store.js'
