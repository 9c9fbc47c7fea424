import { flag, readOptions, text, type Check } from '../../input/index.js'
import { InvalidArgumentError } from '../../errors.js'
import { checking, PiAuthError, PiError } from '../errors.js'
import { challengesOf, GIVE_UP, schemeOf, tokenOf, type PiAuth, type PiAuthContext } from './auth.js'

/** What {@link negotiate} takes. */
export interface NegotiateOptions {
  /** The service name (SPN) of the server. `HTTP@` and the host of the URL. */
  readonly service?: string | undefined
  /** Whose ticket is used: `me@PLANT.LAB`. The default one of the ticket cache. */
  readonly principal?: string | undefined
  /** Lets the server act for us at other servers, where the ticket allows it. false. */
  readonly delegate?: boolean | undefined
}

/** What we use of the package `kerberos`. */
interface Kerberos {
  initializeClient(service: string, options: object): Promise<KerberosClient>
  readonly GSS_C_DELEG_FLAG: number
  readonly GSS_C_MUTUAL_FLAG: number
  readonly GSS_C_SEQUENCE_FLAG: number
  readonly GSS_MECH_OID_SPNEGO: number
}

interface KerberosClient {
  step(challenge: string): Promise<string | null | undefined>
  readonly contextComplete: boolean
}

// A name and not a literal: whoever does not use it need not have the package, nor its types.
const PEER: string = 'kerberos'

const service: Check<string> = (value, name) => {
  const read = text(value, name)
  if (!/^[^@/\s]+[@/][^@/\s]+$/.test(read))
    throw new InvalidArgumentError(`option "${name}" is a service and a host, such as HTTP@pi.lab`)
  return read
}

const principal: Check<string> = (value, name) => {
  const read = text(value, name)
  if (/^\s*$/.test(read)) throw new InvalidArgumentError(`option "${name}" is a name, such as me@PLANT.LAB`)
  return read
}

/**
 * Kerberos, by the ticket of whoever runs the program: `kinit`, a keytab, or the Windows account. The server proves who it
 * is as well; a proof that is wrong fails the call.
 *
 * Needs the package `kerberos`: `npm install kerberos@7`. Without it a call fails with the code `ERR_PI_PEER`.
 *
 * @throws {@link PiArgumentError} when an option is bad
 * @example
 * const pi = new PiWebApi('https://pi.lab/piwebapi', { auth: negotiate() })
 */
export function negotiate(options: NegotiateOptions = {}): PiAuth {
  const read = checking(() => readOptions(options, { service, principal, delegate: flag }, 'negotiate'))
  // Requests run side by side; each has a context of its own, which ends with its last leg.
  const running = new WeakMap<AbortSignal, KerberosClient>()
  let loaded: Kerberos | undefined
  return {
    scheme: 'Negotiate',
    async headers({ url, attempt, challenges = [], signal }) {
      const named = read.service ?? `HTTP@${url.hostname.replace(/^\[|\]$/g, '')}`
      if (attempt === 1) running.set(signal, await begin((loaded ??= await load()), named, read))
      const challenge = tokenIn(challenges)
      const client = running.get(signal)
      // Asked for a ticket again after it was sent: it was refused.
      if (client === undefined || (attempt > 1 && challenge === undefined)) return GIVE_UP
      const token = await step(client, challenge ?? '', named, challenges)
      return token === '' ? GIVE_UP : { authorization: `Negotiate ${token}` }
    },
    async accepted(headers, { url, signal }) {
      const client = running.get(signal)
      running.delete(signal)
      const proof = tokenIn(challengesOf(headers['www-authenticate']))
      if (client === undefined || proof === undefined || client.contextComplete) return
      await prove(client, proof, url)
    },
  }
}

function tokenIn(challenges: PiAuthContext['challenges'] & object): string | undefined {
  const ours = challenges.find((one) => schemeOf(one).toLowerCase() === 'negotiate')
  return ours === undefined ? undefined : tokenOf(ours)
}

async function begin(kerberos: Kerberos, named: string, options: NegotiateOptions): Promise<KerberosClient> {
  const { GSS_C_DELEG_FLAG, GSS_C_MUTUAL_FLAG, GSS_C_SEQUENCE_FLAG, GSS_MECH_OID_SPNEGO } = kerberos
  const flags = GSS_C_MUTUAL_FLAG | GSS_C_SEQUENCE_FLAG | (options.delegate === true ? GSS_C_DELEG_FLAG : 0)
  const windows = process.platform === 'win32'
  try {
    return await kerberos.initializeClient(windows ? named.replace('@', '/') : named.replace('/', '@'), {
      mechOID: GSS_MECH_OID_SPNEGO,
      // Its types say gssFlag, its code reads flags.
      flags,
      gssFlag: flags,
      ...(options.principal === undefined ? {} : { principal: options.principal }),
    })
  } catch (error) {
    throw noToken(error, named, [])
  }
}

async function step(
  client: KerberosClient,
  challenge: string,
  named: string,
  challenges: readonly string[],
): Promise<string> {
  try {
    return (await client.step(challenge)) ?? ''
  } catch (error) {
    throw challenge === '' ? noToken(error, named, challenges) : refusedBy(error, named, challenges)
  }
}

async function prove(client: KerberosClient, proof: string, url: URL): Promise<void> {
  let cause: unknown
  try {
    await client.step(proof)
    if (client.contextComplete) return
  } catch (error) {
    cause = error
  }
  throw new PiAuthError(
    `negotiate: ${url.host} did not prove that it is the server asked for`,
    'ERR_PI_AUTH',
    {
      cause,
      hint: 'something between may answer in its place',
    },
  )
}

async function load(): Promise<Kerberos> {
  let module: { readonly default?: Kerberos }
  try {
    module = (await import(PEER)) as typeof module
  } catch (cause) {
    // It is there, and has no binary: installed without its scripts, or for another system.
    const noBinary = ['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(
      String((cause as { code?: unknown }).code),
    )
    throw new PiError(
      noBinary
        ? 'negotiate needs the package kerberos, whose binary cannot be loaded: npm rebuild kerberos'
        : 'negotiate needs the package kerberos, which is not installed: npm install kerberos@7',
      'ERR_PI_PEER',
      { cause },
    )
  }
  if (typeof module.default?.initializeClient !== 'function')
    throw new PiError(
      'negotiate needs the package kerberos in version 7: npm install kerberos@7',
      'ERR_PI_PEER',
    )
  return module.default
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/expired/i, 'the ticket has expired: kinit again'],
  [
    /no credentials|no kerberos credentials|credentials cache|cannot find mechanisms|client principal/i,
    'there is no ticket: run kinit, or name a keytab in KRB5_CLIENT_KTNAME; klist shows what there is',
  ],
  [
    /not found in kerberos database|wrong principal/i,
    'this service name (SPN) is not registered; option "service" takes another',
  ],
  [/kdc/i, 'no KDC answers for this realm: look at krb5.conf and at firewalls'],
  [/skew/i, 'the clocks of this machine and of the KDC differ'],
]

/** What the library says is in words; of its error nothing else is taken, so that no token can be in it. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : 'no reason given'
  return text.replace(/^.*Minor code may provide more information:\s*/s, '')
}

function noToken(error: unknown, named: string, challenges: readonly string[]): PiAuthError {
  const said = wordsOf(error)
  const hint = HINTS.find(([text]) => text.test(said))?.[1]
  return new PiAuthError(`negotiate: no Kerberos token for ${named}: ${said}`, 'ERR_PI_AUTH', {
    schemes: [...new Set(challenges.map(schemeOf))],
    ...(hint === undefined ? {} : { hint }),
  })
}

/** The server's answer to our ticket carries its reason, which only the library can read. */
function refusedBy(error: unknown, named: string, challenges: readonly string[]): PiAuthError {
  const message = `negotiate: the server refuses the ticket for ${named}: ${wordsOf(error)}`
  return new PiAuthError(message, 'ERR_PI_AUTH', {
    status: 401,
    schemes: [...new Set(challenges.map(schemeOf))],
    hint: 'the service name (SPN) may belong to another account than the one that the server runs as',
  })
}
