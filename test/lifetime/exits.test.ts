import { describe, expect, it } from 'vitest'
import { runProgram, type ChildOptions } from './child.js'

interface Expected {
  readonly code: number | null
  readonly signal?: NodeJS.Signals
  readonly stdout?: RegExp
  readonly stderr?: RegExp
  readonly options?: ChildOptions
}

// How each way ends. Without a `stderr` nothing may be printed there; an end of ours is never a crash and never late.
const ways: Readonly<Record<string, Expected>> = {
  closed: { code: 0 },
  idleContext: { code: 0 },
  unusedContext: { code: 0 },
  contextClosedAtOnce: { code: 0 },
  serverNeverStarted: { code: 0 },
  unreferenced: { code: 0 },
  unreferencedThenClosed: { code: 0, stdout: /^closed\n$/ },
  exitInCallback: { code: 3 },
  exitInHandler: { code: 4 },
  exitInExitHandler: { code: 5 },
  exitInLogger: { code: 6 },
  exitWhileOpening: { code: 7 },
  exitWhileClosing: { code: 8 },
  throwInCallback: { code: 1, stderr: /thrown in a callback/ },
  throwInTimer: { code: 1, stderr: /thrown in a timer/ },
  caughtAndGoesOn: { code: 0 },
  rejected: { code: 1, stderr: /rejected and not handled/ },
  run: { code: 0, stdout: /ready/, options: { kill: 'SIGTERM' } },
  abort: { code: null, signal: 'SIGABRT', stderr: /./s },
  beforeExit: { code: 0, stdout: /^1\n$/ },
  neverSettles: { code: 13, stderr: /unsettled top-level await|^$/i }, // Node 20 says nothing
  pendingGet: { code: 0, stdout: /ERR_PVA_TIMEOUT/ },
  startedServer: { code: 0, stdout: /ready/, options: { kill: 'SIGTERM' } },
  iteration: { code: 0, stdout: /ready/, options: { kill: 'SIGTERM' } },
  twice: { code: 0, stdout: /^1 1\n$/ },
}

describe('[112] [113] a process ends as it should:', () => {
  it.each(Object.entries(ways))('%s', { timeout: 60_000 }, async (way, expected) => {
    const ended = await runProgram('exits.mjs', [way], expected.options)
    expect({ code: ended.code, signal: ended.signal }, ended.stderr).toEqual({
      code: expected.code,
      signal: expected.signal ?? null,
    })
    if (expected.stdout) expect(ended.stdout).toMatch(expected.stdout)
    expect(ended.stderr).toMatch(expected.stderr ?? /^$/)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('%s', { timeout: 60_000 }, async (kill) => {
    const ended = await runProgram('exits.mjs', ['signal'], { kill })
    expect({ code: ended.code, signal: ended.signal, stderr: ended.stderr }).toEqual({
      code: null,
      signal: kill,
      stderr: '',
    })
  })
})
