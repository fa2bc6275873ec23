/** The end of the process while another thread is inside a long native call, which `process.exit` would wait for. */
import { loadKoffi } from './koffi.node.js'

let end: ((code: number) => void) | undefined

/**
 * Ends the process at once with `code`, from any thread: nothing is flushed, no exit handler runs, no thread is waited for. Without koffi
 * there are no native calls to wait for, and `process.exit` is as quick.
 */
export function exitNow(code: number): never {
  try {
    end ??= nativeExit()
    end?.(code)
  } catch {
    // No such function here: the ordinary way remains.
  }
  process.exit(code)
}

/** Finds the function beforehand, so that an interruption later spends no time on loading. */
export function prepareExit(): void {
  try {
    end ??= nativeExit()
  } catch {
    // `exitNow` falls back.
  }
}

function nativeExit(): ((code: number) => void) | undefined {
  const koffi = loadKoffi()
  if ('why' in koffi) return undefined
  if (process.platform === 'win32') {
    const kernel = koffi.load('kernel32.dll')
    const current = kernel.func('GetCurrentProcess', 'uintptr_t', [])
    const terminate = kernel.func('TerminateProcess', 'int', ['uintptr_t', 'uint32'])
    return (code) => terminate(current(), code)
  }
  return koffi.load(null).func('_exit', 'void', ['int'])
}
