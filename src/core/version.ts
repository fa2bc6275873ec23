/** Our version, which reports carry. scripts/package.ts checks that it equals package.json's. */
export const version = '0.1.0'
