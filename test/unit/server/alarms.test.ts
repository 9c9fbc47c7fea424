import { describe, expect, it } from 'vitest'
import { InvalidArgumentError, NTScalar, SharedPV } from 'node-pvxs'
import { leavesNothing, loopback, thrown } from '../fixtures.js'

leavesNothing()

const Limited = new NTScalar('float64', { valueAlarm: true })
const valueAlarm = {
  lowAlarmLimit: 10,
  lowAlarmSeverity: 2,
  lowWarningLimit: 20,
  lowWarningSeverity: 1,
  highWarningLimit: 80,
  highWarningSeverity: 1,
  highAlarmLimit: 90,
  highAlarmSeverity: 2,
  hysteresis: 3,
}
const limited = (value = 50) => SharedPV.mailbox(Limited, { value, valueAlarm }, { alarms: true })
const alarmOf = (pv: SharedPV) => {
  const { severity, message } = pv.current().alarm as { severity: number; message: string }
  return `${severity} ${message}`.trim()
}

describe('SharedPV.mailbox(type, initial, { alarms: true })', () => {
  it('sets severity and status from the limits at each post: HIHI, HIGH, LOW, LOLO', () => {
    const pv = limited()
    const seen = [50, 80, 90, 50, 20, 10, 50].map((value) => alarmOf(pv.post(value)))
    expect(seen).toEqual(['0', '1 HIGH', '2 HIHI', '0', '1 LOW', '2 LOLO', '0'])
    expect(pv.post(95).current().alarm.status).not.toBe(0)
    expect(pv.post(50).current().alarm.status).toBe(0)
  })

  it('ends an alarm when the value has come back by the hysteresis, as records do', () => {
    const pv = limited()
    expect([81, 77, 76.9, 78].map((value) => alarmOf(pv.post(value)))).toEqual(['1 HIGH', '1 HIGH', '0', '0'])
    expect([91, 87, 86, 77].map((value) => alarmOf(pv.post(value)))).toEqual([
      '2 HIHI',
      '2 HIHI',
      '1 HIGH',
      '1 HIGH',
    ])
    expect([9, 13, 13.1, 23, 23.1].map((value) => alarmOf(pv.post(value)))).toEqual([
      '2 LOLO',
      '2 LOLO',
      '1 LOW',
      '1 LOW',
      '0',
    ])
  })

  it('at each put too, for the first value, and when a limit is changed', async () => {
    const pv = limited(95)
    expect(alarmOf(pv)).toBe('2 HIHI')
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 85)
    expect((await it.ctx.get('x')).alarm).toMatchObject({ severity: 1, message: 'HIGH' })
    await it.ctx.put('x', { 'valueAlarm.highWarningLimit': 99 })
    expect(alarmOf(pv)).toBe('0')
  })

  it('leaves out limits of severity 0, and all of them while valueAlarm.active is false', () => {
    const pv = limited()
    expect(pv.current().valueAlarm.active).toBe(true)
    expect(alarmOf(pv.post({ value: 95, 'valueAlarm.highAlarmSeverity': 0 }))).toBe('1 HIGH')
    const off = { value: 95, valueAlarm: { ...valueAlarm, active: false } }
    expect(alarmOf(SharedPV.mailbox(Limited, off, { alarms: true }))).toBe('0')
    expect(alarmOf(SharedPV.mailbox(Limited, { value: 95, valueAlarm }))).toBe('0')
  })

  it('keeps a given alarm that is as severe, and takes what is not a number for invalid', () => {
    const pv = limited()
    expect(alarmOf(pv.post({ value: 85, alarm: { severity: 3, message: 'sensor' } }))).toBe('3 sensor')
    expect(alarmOf(pv.post({ value: 95, alarm: { severity: 1, message: 'sensor' } }))).toBe('2 HIHI')
    expect(alarmOf(pv.post(NaN))).toBe('3 UDF')
  })

  it.each([
    [new NTScalar('float64'), 'valueAlarm.active'],
    [new NTScalar('float64[]', { valueAlarm: true }), 'is not a number'],
  ])('refuses a type without a number or its limits', (type, text) => {
    const error = thrown(() => SharedPV.mailbox(type as never, undefined, { alarms: true }))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error.message).toContain(text)
  })
})

describe('new SharedPV({ alarms: true })', () => {
  it('sets the alarm of the first value, of posts, and of what a handler returns', async () => {
    const pv: SharedPV = new SharedPV({
      type: Limited,
      initial: { value: 95, valueAlarm },
      alarms: true,
      onPut: ({ value }) => value,
    }) as never
    expect(alarmOf(pv)).toBe('2 HIHI')
    expect(alarmOf(pv.post(50))).toBe('0')
    await using it = await loopback({ x: pv })
    await it.ctx.put('x', 85)
    expect(alarmOf(pv)).toBe('1 HIGH')
  })

  it('passes limits on without it', () => {
    const pv = new SharedPV({ type: Limited, initial: { value: 95, valueAlarm } })
    expect(alarmOf(pv as never)).toBe('0')
  })

  it('is refused without a type, for a type without limits, and for what is not a boolean', () => {
    expect(thrown(() => new SharedPV({ alarms: true })).message).toContain('option "alarms" needs a "type"')
    expect(thrown(() => new SharedPV({ alarms: true, type: new NTScalar('int32') })).message).toContain(
      'valueAlarm.active',
    )
    expect(thrown(() => new SharedPV({ alarms: 1 as never })).message).toContain('alarms')
  })
})
