/** Runs TypeScript. A module of its own, loaded with the first program: named imports survive a bundler. */
export { createJiti } from 'jiti'
