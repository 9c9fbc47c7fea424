// The fake BTrDB in a process of its own. Prints its endpoint; ends with its stdin.
import { btrdbFake } from 'node-pvxs/testing'

const fake = await btrdbFake()
console.log(fake.endpoint)
process.stdin.resume().on('end', () => process.exit())
