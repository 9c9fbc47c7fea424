// The optional packages, loaded when they are needed first.
import { loadPeer } from '../telemetry/index.js'

// Declarations that users compile must do without the packages that they do not have: the types are `any` then. The comments
// reach the declarations only in this form.
/* eslint-disable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports */
/** @ts-ignore */
export type Transport = typeof import('@nats-io/transport-node')
/** @ts-ignore */
export type NatsConnection = import('@nats-io/transport-node').NatsConnection
/** @ts-ignore */
export type JetStream = typeof import('@nats-io/jetstream')
/** @ts-ignore */
export type JsMsg = import('@nats-io/jetstream').JsMsg
/** @ts-ignore */
export type ConsumerMessages = import('@nats-io/jetstream').ConsumerMessages
/** @ts-ignore */
export type KeyValue = typeof import('@nats-io/kv')
/** @ts-ignore */
export type Bucket = import('@nats-io/kv').KV
/* eslint-enable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports */

const CODE = 'ERR_NATS_PEER'

export function loadTransport(): Promise<Transport> {
  return loadPeer(
    '@nats-io/transport-node',
    CODE,
    'a connection to NATS',
    () => import('@nats-io/transport-node'),
  )
}

export function loadJetStream(): Promise<JetStream> {
  return loadPeer('@nats-io/jetstream', CODE, 'JetStream', () => import('@nats-io/jetstream'))
}

export function loadKeyValue(): Promise<KeyValue> {
  return loadPeer('@nats-io/kv', CODE, 'a bucket of JetStream', () => import('@nats-io/kv'))
}
