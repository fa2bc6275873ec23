/** Placeholders until a backend has the routine. */
import type { Factorizations, Spectral, Triangular } from './lapack.js'

const absent = (name: string) => (): never => {
  throw new Error(`${name} is not there yet`)
}

export const missing: Triangular & Factorizations & Spectral = {
  gemv: absent('gemv'),
  trsm: absent('trsm'),
  trmm: absent('trmm'),
  potrf: absent('potrf'),
  potri: absent('potri'),
  getrf: absent('getrf'),
  getrs: absent('getrs'),
  gesv: absent('gesv'),
  getri: absent('getri'),
  gbsv: absent('gbsv'),
  geqrf: absent('geqrf'),
  geqp3: absent('geqp3'),
  orgqr: absent('orgqr'),
  ormqr: absent('ormqr'),
  gelsd: absent('gelsd'),
  gecon: absent('gecon'),
  pocon: absent('pocon'),
  trcon: absent('trcon'),
  geev: absent('geev'),
}
