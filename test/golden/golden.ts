import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** One value as PVXS writes it; test/core/golden.cpp says what stands where. */
export interface GoldenCase {
  readonly name: string
  readonly type: ArrayBuffer
  /** Undefined where the type is not a structure. */
  readonly valid: ArrayBuffer | undefined
  readonly full: ArrayBuffer
  readonly value: unknown
}

/** Runs the program that `npm test` and `npm run test:core` build, and reads what it prints. */
export async function goldenCases(): Promise<readonly GoldenCase[]> {
  const program = spawn(new URL('../../build/test/golden', import.meta.url).pathname, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  program.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code] = (await once(program, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the golden program failed with ${code}`)
  const lines = Buffer.concat(chunks).toString().trimEnd().split('\n')
  return lines.map((line) => {
    const raw = JSON.parse(line) as {
      name: string
      type: string
      valid: string | null
      full: string
      value: unknown
    }
    const { name, value } = raw
    return {
      name,
      value,
      type: bytesOf(raw.type),
      full: bytesOf(raw.full),
      valid: raw.valid === null ? undefined : bytesOf(raw.valid),
    }
  })
}

export function bytesOf(hex: string): ArrayBuffer {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  return bytes.buffer
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
