/** Faults of a configuration that show only when it is built: where they are, so that they can be told with their line. */
import { UsageError } from '../../core/index.js'
import { dottedPath } from '../../core/internal.js'

/** Keys and indices that lead to a part of the configuration. */
export type ConfigPath = readonly (string | number)[]

const places = new WeakMap<Error, ConfigPath>()

/** `model.layers[2]: what is wrong.`, to be thrown. */
export function fault(path: ConfigPath, message: string, cause?: unknown): UsageError {
  const error = new UsageError(`${dottedPath(path)}: ${message}`, { cause }, 'bad-config')
  places.set(error, path)
  return error
}

/** The place of a fault; null for other errors. */
export const placeOfFault = (error: unknown): ConfigPath | null => places.get(error as Error) ?? null

/** Does something for a part of the configuration: a caller's mistake in there is a fault of that part. */
export function within<T>(path: ConfigPath, work: () => T): T {
  try {
    const result = work()
    return result instanceof Promise ? (result.catch((error) => rethrow(path, error)) as T) : result
  } catch (error) {
    return rethrow(path, error)
  }
}

function rethrow(path: ConfigPath, error: unknown): never {
  if (error instanceof UsageError && placeOfFault(error) === null) throw fault(path, error.message, error)
  throw error
}
