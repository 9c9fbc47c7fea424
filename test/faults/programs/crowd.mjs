// So many clients of one name server, until stdin ends. Arguments: its TCP port, how many.
import { Context, setLogger } from '../../../dist/index.js'

const [port, count] = process.argv.slice(2).map(Number)
setLogger(() => undefined)
const options = {
  useEnv: false,
  addressList: [],
  autoAddressList: false,
  interfaces: ['127.0.0.1'],
  nameServers: [`127.0.0.1:${port}`],
}
const connections = []
for (let k = 0; k < count; k++) connections.push(new Context(options).connect('x'))
process.stdin.resume().on('end', () => process.exit())
