/** Numbers as people read them. */

/** Four significant digits: `0.01234`, `12.35`, `1.235e+7`; `NaN`, `inf`, and an en dash for what was not computed. */
export function showNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return '–'
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e6 || size < 1e-3) return value.toExponential(digits - 2)
  if (Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(digits)))
}

/** `1,234,567`: grouped by thousands, the same in every locale. */
export function showCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `0 %`, `<0.1 %`, `12.3 %`, `100 %`; never rounded to a bound that is not reached. */
export function showShare(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %'
  if (part === whole) return '100 %'
  const percent = (100 * part) / whole
  if (percent < 0.1) return '<0.1 %'
  if (percent > 99.9) return '>99.9 %'
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`
}
