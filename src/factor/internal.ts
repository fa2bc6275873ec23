/** Types of the command's reports, for views. */
export type { FactorReport, PictureReport } from './jobs/reports.js'
