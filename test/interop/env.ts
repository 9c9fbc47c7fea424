import { environment } from '../../scripts/tests/venv.mjs'

/**
 * Path of a Python interpreter that has the peers (p4p, pvxslibs, epicscorelibs, pvapy) installed.
 *
 * The first call on a machine makes the environment (20 s and the network); rejects with a text that says what is
 * missing. Later calls cost nothing.
 */
export function python(): Promise<string> {
  return environment('peers')
}

/** ms in which a peer starts, on a busy machine, whose environment has to be made first. */
export const START_MS = 400_000

/** This process's environment without anything that speaks to EPICS, plus `extra`. */
export function cleanEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([k]) => !/^(_?PVXS_|EPICS_)/.test(k))
  return { ...Object.fromEntries(kept), ...extra }
}

/** What a client program finds in its environment when it shall see one server on loopback and nothing else. */
export function clientEnv(port: number): NodeJS.ProcessEnv {
  return cleanEnv({
    EPICS_PVA_NAME_SERVERS: `127.0.0.1:${String(port)}`,
    EPICS_PVA_ADDR_LIST: '',
    EPICS_PVA_AUTO_ADDR_LIST: 'NO',
    EPICS_PVA_BROADCAST_PORT: '59076',
  })
}
