import { expect, it } from 'vitest'
import { runProgram } from './child.js'

it('[106] without a logger errors alone go to stderr, and no control character of a peer', async () => {
  const { code, stdout, stderr } = await runProgram('printed.mjs')
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toContain('gotcha\\x07 colour') // EPICS itself takes the ESC away
  expect(stderr).toContain('csi \\x9b2J end')
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})
