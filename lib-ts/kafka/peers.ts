// The optional package, loaded when it is needed first.
import { loadPeer } from '../telemetry/index.js'

// Declarations that users compile must do without the packages that they do not have: the types are `any` then. The comments
// reach the declarations only in this form.
/* eslint-disable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports */
/** @ts-ignore */
export type Kafka = typeof import('@platformatic/kafka')
/** @ts-ignore */
export type Admin = import('@platformatic/kafka').Admin
/** @ts-ignore */
export type Producer = import('@platformatic/kafka').Producer
/** @ts-ignore */
export type Consumer = import('@platformatic/kafka').Consumer
/** @ts-ignore */
export type KafkaMessage = import('@platformatic/kafka').Message
/** @ts-ignore */
export type MessagesStream = import('@platformatic/kafka').MessagesStream<Buffer, Buffer, Buffer, Buffer>
/* eslint-enable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports */

export function loadKafka(): Promise<Kafka> {
  return loadPeer(
    '@platformatic/kafka',
    'ERR_KAFKA_PEER',
    'a connection to Kafka',
    () => import('@platformatic/kafka'),
  )
}
