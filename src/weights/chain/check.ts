/** Whether something is a chain of layers. */
import { inert, UsageError } from '../../core/index.js'
import type { Chain } from './types.js'

/** Callers without types, and rules files, may hand over anything. */
export function checkChain(command: string, chain: unknown): asserts chain is Chain {
  if (!Array.isArray(chain))
    throw new UsageError(`${command}: the chain is not a list. Expected [{ tensor }, { activation }, ...].`)
  for (const link of chain as readonly unknown[]) {
    const known = ['tensor', 'activation', 'normalization', 'pooling', 'residual', 'constant']
    const keys = typeof link === 'object' && link !== null ? Object.keys(link).filter((key) => known.includes(key)) : []
    if (keys.length !== 1)
      throw new UsageError(
        `${command}: a link of the chain is ${inert(JSON.stringify(link) ?? String(link), 80)}; expected one of ${known.join(', ')} in each.`,
      )
    const { residual, constant } = link as { residual?: unknown; constant?: unknown }
    if (residual !== undefined) checkChain(command, residual)
    if (constant !== undefined && !(typeof constant === 'number' && constant >= 0))
      throw new UsageError(`${command}: constant is ${inert(String(constant), 60)}; expected a number of at least 0.`)
  }
}
