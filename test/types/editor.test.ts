// What an editor shows while somebody writes: asked of the TypeScript language service, over small files.
import { join } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, it } from 'vitest'
import { OPTIONS } from '../docs/typecheck.js'
import { root } from '../docs/pages.js'

const FILE = join(root, 'edited.ts')

const BEFORE = `
import { Context, NTEnum, NTNDArray, NTScalar, NTTable, SharedPV, TypeDef } from 'node-pvxs'
declare const ctx: Context
const Temperature = new NTScalar('float64', { display: true })
const Waveform = new NTScalar('float64[]')
const Motor = new TypeDef('struct', 'lab:Motor', { position: 'float64', limits: { low: 'float64' } })
const pv = SharedPV.mailbox(Temperature, 1)
const wave = SharedPV.mailbox(Waveform)
`

let text = ''
let version = 0
const service = ts.createLanguageService({
  getScriptFileNames: () => [FILE],
  getScriptVersion: (name) => (name === FILE ? String(version) : '1'),
  getScriptSnapshot: (name) => {
    const read = name === FILE ? text : ts.sys.readFile(name)
    return read === undefined ? undefined : ts.ScriptSnapshot.fromString(read)
  },
  getCurrentDirectory: () => root,
  getCompilationSettings: () => ({ ...OPTIONS, strict: true, exactOptionalPropertyTypes: true }),
  getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
  fileExists: (name) => name === FILE || ts.sys.fileExists(name),
  readFile: (name) => ts.sys.readFile(name),
  directoryExists: (name) => ts.sys.directoryExists(name),
})

/** Writes the line; the place of the cursor, `¦`, in the file. */
function write(line: string): number {
  text = BEFORE + line.replace('¦', '')
  version++
  return (BEFORE + line).indexOf('¦')
}

/** The names that are offered at the cursor. */
function offered(line: string): string[] {
  const found = service.getCompletionsAtPosition(FILE, write(line), {})
  return (found?.entries ?? []).map(({ name }) => name.replaceAll('"', ''))
}

/** What the mouse over the cursor shows. */
function hover(line: string): string {
  const info = service.getQuickInfoAtPosition(FILE, write(line))
  return ts.displayPartsToString(info?.displayParts).replace(/\s+/g, ' ')
}

function problems(line: string): string[] {
  write(line)
  return service
    .getSemanticDiagnostics(FILE)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

beforeAll(() => {
  expect(problems('')).toEqual([])
})

const PLAIN = ['value', 'alarm', 'timeStamp', 'alarm.severity', 'alarm.status', 'alarm.message']
const STAMPED = [...PLAIN, 'timeStamp.secondsPastEpoch', 'timeStamp.nanoseconds', 'timeStamp.userTag'].sort()

describe('completion offers the fields of the type, by name and by path, and nothing else', () => {
  it.each([
    'SharedPV.mailbox(Waveform, { ¦ })',
    'SharedPV.readonly(Waveform, { ¦ })',
    'new SharedPV({ type: Waveform, initial: { ¦ } })',
    'new SharedPV({ type: Waveform, onPut: () => ({ ¦ }) })',
    'new SharedPV({ type: Waveform, onGet: () => ({ ¦ }) })',
    'wave.post({ ¦ })',
    'wave.open({ ¦ })',
    "ctx.put('x', { ¦ }, { type: Waveform })",
    'Waveform.create({ ¦ })',
    'Waveform.create().$assign({ ¦ })',
  ])('in %s', (line) => {
    expect(offered(line).sort()).toEqual(STAMPED)
  })

  it.each([
    ["ctx.put('x', { ¦ }, { type: Motor })", ['limits', 'limits.low', 'position']],
    ['pv.post({ alarm: { ¦ } })', ['message', 'severity', 'status']],
    ['SharedPV.mailbox(new NTEnum(), { value: { ¦ } })', ['choices', 'index']],
    ["new NTTable({ a: 'int32', b: 'string' }).create({ value: { ¦ } })", ['a', 'b']],
  ])('in %s', (line, names) => {
    expect(offered(line).sort()).toEqual(names)
  })

  it('of an image', () => {
    const names = offered('SharedPV.mailbox(new NTNDArray(), { ¦ })')
    expect(names).toEqual(expect.arrayContaining(['value', 'dimension', 'attribute', 'codec', 'uniqueId']))
    expect(names.filter((name) => /^\$|^to|^buffer|^byte/.test(name))).toEqual([])
  })

  it('and, where no type is known, those that nearly every type has', () => {
    for (const line of ["ctx.put('x', { ¦ })", 'new SharedPV().post({ ¦ })', "ctx.put('x', { ¦"])
      expect(offered(line).sort(), line).toEqual(['alarm', 'timeStamp', 'value'])
  })
})

describe('the mouse shows', () => {
  it('a mutable value whose fields are not readonly', () => {
    expect(hover('const m¦ = Temperature.create()')).toBe(
      'const m: MutableValue<{ value: number; alarm: Value<Alarm>; timeStamp: Value<TimeStamp>; ' +
        'display: Value<{ limitLow: number; limitHigh: number; description: string; units: string; }>; }>',
    )
    for (const line of [
      'const m¦ = Motor.create()',
      'const m¦ = new NTEnum({ display: true }).create()',
      "const m¦ = Motor.extend({ speed: 'float32' }).create()",
      'const m¦ = pv.current().$clone()',
      "ctx.put('x', (m¦) => { m.position = 1 }, { type: Motor })",
    ])
      expect(hover(line), line).toMatch(/: MutableValue<\{(?!.*readonly)/)
  })

  it('as many values as names, from getAll', () => {
    expect(hover("const all¦ = await ctx.getAll(['a', 'b'])")).toBe('const all: [Value<any>, Value<any>]')
    expect(hover("const all¦ = await ctx.getAllSettled(['a'])")).toBe(
      'const all: [PromiseSettledResult<Value<any>>]',
    )
  })

  it('that a reply of a type is there, and that any other may not be', () => {
    expect(hover("const r¦ = await ctx.rpc('f', {}, { type: Motor })")).toMatch(/^const r: Value<\{.*\}>$/)
    expect(hover("const r¦ = await ctx.rpc('f', null, { type: new TypeDef('int32') })")).toBe(
      'const r: number',
    )
    for (const line of ["const r¦ = await ctx.rpc('f')", "const r¦ = await ctx.rpc('f', {}, { timeout: 1 })"])
      expect(hover(line), line).toBe('const r: Value<any> | null')
  })
})

describe('the error of a field that is not there names it, and the one that was meant', () => {
  it.each([
    ['SharedPV.mailbox(Temperature, { valeu: 1 })', 'valeu', 'value'],
    ['SharedPV.mailbox(Motor, { positon: 1 })', 'positon', 'position'],
    ['new SharedPV({ type: Temperature, initial: { valeu: 1 } })', 'valeu', 'value'],
    ['pv.post({ valeu: 1 })', 'valeu', 'value'],
    ['wave.post({ valeu: [1] })', 'valeu', 'value'],
    ['pv.post({ alarm: { severty: 1 } })', 'severty', 'severity'],
    ["ctx.put('x', { timeStam: 1 }, { type: Temperature })", 'timeStam', 'timeStamp'],
    ["ctx.put('x', { valeu: [1] }, { type: Waveform })", 'valeu', 'value'],
    ['Temperature.create({ dispaly: {} })', 'dispaly', 'display'],
    ['Temperature.create().$assign({ valeu: 1 })', 'valeu', 'value'],
    ['SharedPV.mailbox(new NTEnum(), { value: { indx: 1 } })', 'indx', 'index'],
    ['SharedPV.mailbox(new NTNDArray(), { dimensoin: [] })', 'dimensoin', 'dimension'],
  ])('in %s', (line, wrong, meant) => {
    const found = problems(line)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`'${wrong}' does not exist`)
    expect(found[0]).toContain(`Did you mean to write '${meant}'?`)
  })

  it('while one of a wrong value is about the value', () => {
    expect(problems("pv.post({ value: 'abc' })")).toEqual([
      `Type '"abc"' is not assignable to type 'NumberInput | undefined'.`,
    ])
  })
})
