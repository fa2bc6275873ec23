import { describe, expect, it } from 'vitest'
import { logPlot } from '../../src/report/index.js'

describe('logPlot', () => {
  it('draws decades as columns of blocks', () => {
    expect(logPlot([1, 0.1, 0.01], 10, 2)).toEqual(['   1e0 │█', '  1e-2 │██▁'])
  })

  it('takes samples of long series, both ends among them', () => {
    const lines = logPlot(
      Array.from({ length: 1001 }, (_, i) => 10 ** (-i / 250)),
      5,
      4,
    )
    expect(lines).toEqual(['   1e0 │█', '       │██', '       │███', '  1e-4 │████▁'])
  })

  it('draws nothing of nothing, and keeps what is not positive at the bottom', () => {
    expect(logPlot([], 10, 2)).toEqual([])
    expect(logPlot([0, Number.NaN], 10, 2)).toEqual([])
    expect(logPlot([1, 0], 10, 1)).toEqual(['   1e0 │█▁'])
  })
})
