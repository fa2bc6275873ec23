/**
 * What test files get in a page when they import `vitest`: vitest's own collector, runner and matchers, without its worker, mocks and snapshots.
 * Anything else that a test file wants of `vitest` is undefined there, and fails where it is used.
 */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  addCustomEqualityTesters,
  chai,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, onTestFinished, test } from '@vitest/runner'

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

const bare = (value: unknown, message?: string): Chai.Assertion => chai.expect(value, message)

/** `expect`, put together as vitest's `createExpect` does. */
export const expect: typeof bare & { assert: typeof chai.assert } = Object.assign(
  bare,
  chai.expect,
  (globalThis as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT],
  { assert: chai.assert, addEqualityTesters: addCustomEqualityTesters },
)
setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null }, expect as never)
