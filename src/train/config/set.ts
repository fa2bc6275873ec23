/** Single fields of a configuration: `optimizer.lr`, `penalties.0.lambda`. */
import { inert, UsageError } from '../../core/index.js'
import { readText } from '../../core/internal.js'

const wrong = (path: string, why: string): UsageError =>
  new UsageError(`'${inert(path)}': ${why}. Try a path such as optimizer.lr or penalties.0.lambda.`)

/** `penalties[0].lambda` and `penalties.0.lambda` as keys. */
function keysOf(path: string): string[] {
  const keys = path.replace(/\[(\d+)\]/g, '.$1').split('.')
  if (keys.some((key) => key === '' || key === '__proto__' || key === 'constructor'))
    throw wrong(path, 'not a path of a configuration')
  return keys
}

/** What a field's map is where there is none: Adam is the optimizer, so its rate can be set alone. */
const absent: Readonly<Record<string, object>> = { optimizer: { name: 'Adam' } }

/**
 * A copy of `config` with one field set. Maps on the way that are not there are made; of lists only elements that are there can be set, or the one
 * behind the last. @throws UsageError for a path through a value that is neither
 */
export function withField<T extends object>(config: T, path: string, value: unknown): T {
  const put = (at: unknown, keys: readonly string[]): unknown => {
    const [key, ...rest] = keys
    if (key === undefined) return value
    if (Array.isArray(at)) {
      const index = Number(key)
      if (!Number.isInteger(index) || index < 0 || index > at.length)
        throw wrong(path, `'${inert(key)}' is no place in a list of ${at.length}`)
      const copy = [...(at as unknown[])]
      copy[index] = put(at[index], rest)
      return copy
    }
    if (at !== undefined && (typeof at !== 'object' || at === null))
      throw wrong(path, `'${inert(key)}' is inside ${inert(String(at), 40)}, which has no fields`)
    const map = (at ?? {}) as Record<string, unknown>
    return { ...map, [key]: put(Object.hasOwn(map, key) ? map[key] : undefined, rest) }
  }
  const keys = keysOf(path)
  const isInside = keys.length > 1 && !Object.hasOwn(config, keys[0]!) && Object.hasOwn(absent, keys[0]!)
  return put(isInside ? { ...config, [keys[0]!]: absent[keys[0]!] } : config, keys) as T
}

/** `optimizer.lr=0.01`: the value is read as YAML, so that 0.01 is a number and [64, 32] a list. @throws UsageError */
export async function withSetting<T extends object>(config: T, setting: string): Promise<T> {
  const at = setting.indexOf('=')
  if (at < 1) throw new UsageError(`--set '${inert(setting)}': expected PATH=VALUE, such as optimizer.lr=0.01.`)
  const text = setting.slice(at + 1)
  const read = text.trim() === '' ? { value: null } : await readText(text, 'values', 'a value')
  if ('problems' in read)
    throw new UsageError(`--set '${inert(setting)}': ${read.problems[0]!.message} Put it in quotes where it is text.`)
  return withField(config, setting.slice(0, at).trim(), read.value)
}
