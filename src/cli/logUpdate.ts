/** Draws lines anew in place. A module of its own, loaded with the first view: named imports survive a bundler. */
export { createLogUpdate } from 'log-update'
