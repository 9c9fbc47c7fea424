// The kinds of brokers that keep a list of PVs, with the options of each.
import { flag, needed, object, text, word, whole, type Shape } from './shape-kinds.js'
import { kafkaAccess, natsAccess } from './sink-shapes.js'

const createTopic: Shape = {
  kind: 'either',
  about: 'Makes the topic, compacted. Without it, one that is not there is an error.',
  of: {
    flag: flag('By the defaults.'),
    object: object('How.', {
      partitions: whole('Partitions. 64', 1, 100_000),
      replicas: whole("Copies of each partition. The brokers' default.", 1, 32_767),
    }),
  },
}

/** The kinds of brokers, with their options. */
export const listShapes = {
  kafka: object('A compacted topic of Kafka; needs the package @platformatic/kafka.', {
    type: needed(word('What it is.', 'kafka')),
    ...kafkaAccess,
    topic: needed(text('The topic: its keys are names of PVs, its values policies as JSON.')),
    createTopic,
  }),
  nats: object(
    'A bucket of NATS JetStream; needs the packages @nats-io/transport-node, @nats-io/jetstream and @nats-io/kv.',
    {
      type: needed(word('What it is.', 'nats')),
      ...natsAccess,
      bucket: needed(text('The bucket: its keys are names of PVs, its values policies as JSON.')),
      createBucket: flag('Makes the bucket. Without it, one that is not there is an error.'),
    },
  ),
} as const
