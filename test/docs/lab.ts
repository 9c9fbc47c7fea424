// The PVs that the examples in docstrings use.
import {
  any,
  NTEnum,
  NTMultiChannel,
  NTNDArray,
  NTScalar,
  NTTable,
  Server,
  SharedPV,
  TypeDef,
  type AnyPV,
} from 'node-pvxs'

const devices = new NTTable({ name: 'string', position: 'float64' })
const motor = new TypeDef('struct', 'lab:Motor', {
  position: 'float64',
  limits: { low: 'float64', high: 'float64' },
})

function pvs(): Record<string, AnyPV> {
  return {
    'test:pv:int32': SharedPV.mailbox(new NTScalar('int32'), 42),
    'lab:setpoint': SharedPV.mailbox(new NTScalar('float64'), 20),
    'lab:counter': SharedPV.mailbox(new NTScalar('int32'), 1),
    'lab:serial': SharedPV.readonly(new NTScalar('string'), 'A-7'),
    'lab:power': SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['Off', 'On'] } }),
    'lab:motor': SharedPV.mailbox(motor, { position: 3.5 }),
    'lab:devices': SharedPV.mailbox(devices, devices.fromRows([{ name: 'slit', position: 1.5 }])),
    'lab:gathered': SharedPV.readonly(new NTMultiChannel(), {
      value: [any('float64', 21.5), any('string', 'A-7')],
      channelName: ['lab:temp1', 'lab:serial'],
    }),
    'lab:sum': new SharedPV({
      onRpc: ({ args }) => ({ value: Number(args['lhs']) + Number(args['rhs']) }),
    }),
    'lab:archive': new SharedPV({ onRpc: () => devices.fromRows([{ name: 'slit', position: 1.5 }]) }),
    'cam:image': SharedPV.readonly(
      new NTNDArray(),
      NTNDArray.wrap(new Uint16Array(48 * 64), { shape: [48, 64], attributes: { exposure: 0.1 } }),
    ),
  }
}

/** A server on loopback, with a temperature that rises from 20 to 40 again and again. */
export async function lab(): Promise<{ server: Server; env: NodeJS.ProcessEnv } & AsyncDisposable> {
  const temperature = SharedPV.mailbox(new NTScalar('float64', { display: true }), {
    value: 20,
    display: { units: 'C' },
  })
  const server = await Server.start({ isolated: true, pvs: { ...pvs(), 'lab:temp1': temperature } })
  let value = 20
  const rising = setInterval(() => temperature.post((value = value < 40 ? value + 1 : 20)), 5)
  return {
    server,
    // A client and a server that say nothing else stay on this machine, and the client finds this server.
    env: {
      EPICS_PVA_ADDR_LIST: '127.0.0.1',
      EPICS_PVA_AUTO_ADDR_LIST: 'NO',
      EPICS_PVA_INTF_ADDR_LIST: '127.0.0.1',
      EPICS_PVA_BROADCAST_PORT: String(server.udpPort),
      EPICS_PVAS_INTF_ADDR_LIST: '127.0.0.1',
      EPICS_PVAS_SERVER_PORT: '0',
      EPICS_PVAS_BROADCAST_PORT: '0',
      EPICS_PVAS_AUTO_BEACON_ADDR_LIST: 'NO',
    },
    async [Symbol.asyncDispose]() {
      clearInterval(rising)
      await server.close()
    },
  }
}
