// The kinds of brokers that a recorder reads from, with the options of each.
import { needed, object, text, texts, whole, word, type ObjectShape, type Shape } from './shape-kinds.js'
import { kafkaAccess, natsAccess } from './sink-shapes.js'

const from = (about: string, type: string, keys: Readonly<Record<string, Shape>>): ObjectShape =>
  object(about, {
    type: needed(word('What it is.', type)),
    ...keys,
    from: text('Where one begins that committed nothing yet: earliest (the default), latest, or a time.'),
    maxBatch: whole('Messages that are taken, written and committed together at most. 5000', 1, 100_000),
  })

/** The kinds of brokers, with their options. */
export const fromShapes = {
  kafka: from('Topics of Kafka; needs the package @platformatic/kafka.', 'kafka', {
    ...kafkaAccess,
    topics: needed(texts('The topics.')),
    group: needed(
      text('The consumer group: its readers share the partitions, and it keeps what was committed.'),
    ),
  }),
  nats: from(
    'A stream of NATS JetStream; needs the packages @nats-io/transport-node and @nats-io/jetstream.',
    'nats',
    {
      ...natsAccess,
      stream: needed(text('The stream.')),
      consumer: needed(text('The durable consumer, which keeps what was committed. One reader at a time.')),
      subject: text('Only messages of these subjects, with the wildcards of NATS. All of the stream.'),
    },
  ),
} as const
