// Bodies of writes, from plain JavaScript values.
import { describe, expect, it } from 'vitest'
import {
  annotation,
  attribute,
  element,
  enumerationSet,
  eventFrame,
  PiArgumentError,
  PiState,
  point,
  securityEntry,
  timedValue,
} from 'node-pvxs/pi'
import { plant } from './plant.js'

describe('a template', () => {
  it('fills what the server requires', () => {
    expect([
      point({ name: 'a' }),
      point({ name: 'a', digitalSet: 'Modes' }),
      element({ name: 'Pump1' }),
      attribute({ name: 'Flow' }),
      eventFrame({ name: 'Batch 7' }),
      annotation({ name: 'shift' }),
      timedValue({ value: 1 }),
      enumerationSet({ name: 'Modes' }),
      securityEntry({ identity: 'Operators', allow: ['Read'] }),
    ]).toEqual([
      { Name: 'a', PointType: 'Float32', PointClass: 'classic' },
      { Name: 'a', DigitalSetName: 'Modes', PointType: 'Digital', PointClass: 'classic' },
      { Name: 'Pump1' },
      { Name: 'Flow', Type: 'Double' },
      { Name: 'Batch 7', StartTime: '*' },
      { Name: 'shift' },
      { Timestamp: '*', Value: 1 },
      { Name: 'Modes' },
      { SecurityIdentityName: 'Operators', AllowRights: ['Read'], DenyRights: [] },
    ])
  })

  it("takes the vendor's names, with a small first letter or as they are, and shorter ones", () => {
    const body = {
      Name: 'a',
      PointType: 'Float64',
      PointClass: 'base',
      EngineeringUnits: 'm',
      Descriptor: 'd',
    }
    expect(point({ name: 'a', type: 'Float64', class: 'base', units: 'm', description: 'd' })).toEqual(body)
    expect(
      point({ name: 'a', pointType: 'Float64', pointClass: 'base', engineeringUnits: 'm', descriptor: 'd' }),
    ).toEqual(body)
    expect(point(body as never)).toEqual(body)
  })

  it('takes plain JavaScript values', () => {
    expect(timedValue({ time: 1_500_000_000n, value: 2n ** 60n, good: false, questionable: true })).toEqual({
      Timestamp: '1970-01-01T00:00:01.5000000Z',
      Value: 2n ** 60n,
      Good: false,
      Questionable: true,
    })
    expect(timedValue({ time: '*-1h', value: new Date(0), units: 'h' })).toEqual({
      Timestamp: '*-1h',
      Value: '1970-01-01T00:00:00.0000000Z',
      UnitsAbbreviation: 'h',
    })
    expect(timedValue({ value: new PiState('On', 1, false) })['Value']).toBe('On')
    expect(timedValue({ value: new PiState('No Data', 248, true) })['Value']).toEqual({
      Name: 'No Data',
      Value: 248,
      IsSystem: true,
    })
    expect(timedValue({ value: [1, 2.5] })['Value']).toEqual([1, 2.5])
    const end = new Date(1000)
    expect(
      eventFrame({ name: 'x', start: 0n, end, severity: 'Minor', extendedProperties: { lot: 7 } }),
    ).toEqual({
      Name: 'x',
      StartTime: '1970-01-01T00:00:00.0000000Z',
      EndTime: '1970-01-01T00:00:01.0000000Z',
      Severity: 'Minor',
      ExtendedProperties: { lot: { Value: 7 } },
    })
  })

  it.each([
    [() => point({ name: 'a', unit: 'm' } as never), 'point has no field "unit"; did you mean "units"?'],
    [
      () => point({ name: 'a', WebId: 'x' } as never),
      'point has no field "WebId"; there are name, pointType',
    ],
    [() => point({ type: 'Float32' } as never), 'point needs the field "name"'],
    [() => point({ name: 'a', type: 'float' }), 'point: type is Float16, Float32,'],
    [() => point({ name: 'a', type: 'Digital' }), 'point needs the field "digitalSet"'],
    [() => point({ name: 'a', type: 'Float32', pointType: 'Int16' }), 'pointType is given twice'],
    [() => point({ name: 'a', zero: NaN }), 'point: zero is a number, not NaN'],
    [() => point({ name: 5 } as never), 'point: name is text, not 5'],
    [() => point('a' as never), 'point takes its fields as one object, not "a"'],
    [
      () => element({ name: 'a', categories: 'x' as never }),
      'element: categories is an array of texts, not "x"',
    ],
    [() => attribute({ name: 'a', isHidden: 1 as never }), 'attribute: isHidden is true or false, not 1'],
    [
      () => eventFrame({ name: 'a', start: '2026-01-01' }),
      'eventFrame: start is "2026-01-01", which has no zone',
    ],
    [() => eventFrame({ name: 'a', severity: 'Bad' }), 'eventFrame: severity is None,'],
    [() => eventFrame({ name: 'a', extendedProperties: [] as never }), 'extendedProperties is an object'],
    [() => timedValue({} as never), 'timedValue needs the field "value"'],
    [() => timedValue({ value: undefined as never }), 'timedValue needs the field "value"'],
    [() => timedValue({ value: NaN }), 'timedValue: value is not something that PI can hold: NaN'],
    [() => timedValue({ value: [1, Infinity] }), 'timedValue: value[1] is not'],
    [() => timedValue({ value: 1, time: 5 as never }), 'timedValue: time is a time'],
    [() => securityEntry({ allow: [] } as never), 'securityEntry needs the field "identity"'],
    [() => enumerationSet({ name: 'a', __proto__: { x: 1 } } as never), 'enumerationSet takes its fields'],
    [() => annotation({ name: 'a', constructor: 'x' } as never), 'annotation has no field "constructor"'],
  ])('refuses %s', (make, message) => {
    expect(make).toThrow(PiArgumentError)
    expect(make).toThrow(message)
  })

  it('is the body of a call', async () => {
    const { pi, sim } = await plant()
    const server = await pi.dataservers.getByName({ name: 'PISRV' })
    const { webId } = await pi.dataservers.createPoint({
      webId: server.WebId,
      body: point({ name: 'made', type: 'Float64', units: 'm' }),
    })
    if (webId === undefined) expect.fail('no WebID')
    const time = 1_767_225_600_123_456_700n
    await pi.streams.updateValue({ webId, body: timedValue({ time, value: 2.5, questionable: true }) })
    expect(sim.events('made')[0]).toMatchObject({ value: 2.5, questionable: true })
    expect(await pi.value('made', { at: time })).toMatchObject({ time, value: 2.5, units: 'm' })
  })
})
