import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { onLinux } from '../needs.js'
import { runProgram } from './child.js'

it('[106] without a logger errors alone go to stderr, and no control character of a peer', async () => {
  const { code, stdout, stderr } = await runProgram('printed.mjs')
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toContain('gotcha\\x07 colour') // EPICS itself takes the ESC away
  expect(stderr).toContain('csi \\x9b2J end')
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

it('without a logger a monitor of a name that nobody has is a line on stderr, one for all of them', async () => {
  const { code, stdout, stderr } = await runProgram('unheard.mjs')
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'said\n' })
  const [line = '', ...more] = stderr.trim().split('\n')
  expect(line).toMatch(
    /^\S+Z WARNING node-pvxs\.monitor monitor, after 5 s: "lab:tempp1", "lab:tempp2" not found; searched .*; try the spelling/,
  )
  expect(more).toEqual([])
})

it.skipIf(onLinux.missing)(
  onLinux.named('a stderr that is full and that nobody reads holds up neither the program nor its end'),
  async () => {
    const program = fileURLToPath(new URL('./programs/full-stderr.mjs', import.meta.url))
    // what it prints to stdout passes the pipe by
    const script = 'exec 3>&1; { "$0" "$1" 2>&1 >&3; echo "code $?" >&3; } | sleep 60'
    const shell = spawn('sh', ['-c', script, process.execPath, program], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void process.kill(-(shell.pid ?? 0), 'SIGKILL'))
    let said = ''
    await new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, 50_000)
      shell.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (!said.includes('code')) return
        clearTimeout(limit)
        resolve()
      })
    })
    expect(said).toBe('served\ncode 0\n')
  },
)
