import { Context } from './context.js'

let made: Context | undefined

/** The Context behind the functions of the top level: made at first use, and again after it was closed. */
function context(): Context {
  if (made === undefined || made.closed) made = new Context()
  return made
}

/**
 * {@link Context.get} on a default Context, which is made at first use.
 *
 * @example
 * console.log((await get('lab:temp1')).value)
 */
export const get: Context['get'] = (name, options) => context().get(name, options)

/**
 * {@link Context.put} on a default Context, which is made at first use.
 *
 * @example
 * await put('lab:setpoint', 42)
 */
export const put: Context['put'] = (name, value, options) => context().put(name, value, options)

/**
 * {@link Context.rpc} on a default Context, which is made at first use.
 *
 * @example
 * console.log(await rpc('lab:sum', { lhs: 1, rhs: 2 }))
 */
export const rpc: Context['rpc'] = ((name: string, args?: object | null, options?: object) =>
  context().rpc(name, args, options)) as Context['rpc']

/**
 * {@link Context.info} on a default Context, which is made at first use.
 *
 * @example
 * console.log(String(await info('lab:temp1')))
 */
export const info: Context['info'] = (name, options) => context().info(name, options)

/**
 * {@link Context.monitor} on a default Context, which is made at first use.
 *
 * @example
 * for await (const v of monitor('lab:temp1')) if (v.value > 30) break
 */
export const monitor: Context['monitor'] = ((...given: Parameters<Context['monitor']>) =>
  context().monitor(...given)) as Context['monitor']
