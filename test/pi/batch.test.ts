// Several requests in one.
import { describe, expect, it } from 'vitest'
import { PiArgumentError } from 'node-pvxs/pi'
import { plant } from './plant.js'

const path = '\\\\PISRV\\sinusoid'

describe('a batch', () => {
  it('uses what earlier requests were answered, in paths, queries and bodies', async () => {
    const { pi, sim } = await plant()
    const batch = pi.batch()
    const point = batch.add('point', pi.build.points.getByPath({ path }))
    batch.add('end', pi.build.streams.getEnd({ webId: point.content('WebId') }))
    batch.add('set', pi.build.streamsets.getValuesAdHoc({ webId: [point.content('WebId')] }))
    const body = [{ WebId: point.content('WebId'), Value: { Timestamp: '2026-01-01T00:00:00Z', Value: 8 } }]
    batch.add(
      'write',
      pi.build.streamsets.updateValueAdHoc({ body: body as never, bufferOption: 'DoNotBuffer' }),
    )
    const { get, all, responses } = await batch.run()
    expect(get('end').raiseForStatus().body).toMatchObject({ Value: 1.5 })
    expect(get('set').select('Items.Value.Value')).toEqual({ 'Items.Value.Value': [1.5] })
    expect(get('write').status).toBe(204)
    expect(sim.events('sinusoid')[0]?.value).toBe(8)
    expect(all('end')).toHaveLength(1)
    expect([...responses.keys()]).toEqual(['point', 'end', 'set', 'write'])
    expect(sim.requests).toHaveLength(1)
  })

  it('makes a request for each value that was found', async () => {
    const { pi } = await plant({ points: { a: { value: 1 }, b: { value: 2 } } })
    const { WebId: webId } = await pi.dataservers.getByName({ name: 'PISRV' })
    const batch = pi.batch()
    const list = batch.add('list', pi.build.dataservers.getPoints({ webId }))
    batch.each('ends', list.content('Items[*].WebId'), (item) => pi.build.streams.getEnd({ webId: item }))
    const { all } = await batch.run()
    expect(all('ends').map(({ body }) => (body as { Value: number }).Value)).toEqual([1, 2])
  })

  it('lets each request fail for itself, and those that need it', async () => {
    const { pi } = await plant()
    const batch = pi.batch()
    const nobody = batch.add('nobody', pi.build.points.getByPath({ path: '\\\\PISRV\\nobody' }))
    batch.add('end', pi.build.streams.getEnd({ webId: nobody.content('WebId') }))
    batch.add('fine', pi.build.system.landing())
    const { get } = await batch.run()
    expect(get('nobody').status).toBe(404)
    expect(() => get('nobody').raiseForStatus()).toThrow(/nobody/)
    expect(get('end').status).toBe(409)
    expect(get('fine').ok).toBe(true)
  })

  it('refuses what cannot work, and sends nothing', async () => {
    const { pi, sim } = await plant()
    const batch = pi.batch()
    const point = batch.add('point', pi.build.points.getByPath({ path }))
    const landing = pi.build.system.landing()
    for (const wrong of [
      () => batch.add('point', landing),
      () => batch.add('a.b', landing),
      () => batch.add('late', landing, { after: ['nobody'] }),
      () => batch.add('none', undefined as never),
      () => batch.add('odd', landing, { before: ['point'] } as never),
      () => batch.add('text', landing, { after: 'point' as never }),
      () => batch.add('head', landing, { headers: { 'x-y': 5 as never } }),
      () => point.content('$.x y'),
      () => pi.batch().each('x', point.content('a'), () => landing),
      () => batch.each('x', 'Items' as never, () => landing),
    ])
      expect(wrong).toThrow(PiArgumentError)
    await expect(pi.batch().run()).rejects.toBeInstanceOf(PiArgumentError)
    await expect(pi.streams.getEnd({ webId: point.content('WebId') })).rejects.toBeInstanceOf(PiArgumentError)
    const other = pi.batch()
    other.add('end', pi.build.streams.getEnd({ webId: point.content('WebId') }))
    await expect(other.run()).rejects.toThrow(/another batch/)
    expect(sim.requests).toEqual([])
  })
})
