/** The report page in a real browser. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { l1, l2, lp } from '../../src/norms/index.node.js'
import { drawBalls, toHtml, type View, viewToHtml } from '../../src/report/index.js'
import { reportFixture } from './fixture.js'
import { hostileView, smallView } from './viewFixture.js'

const executable =
  process.env['CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

describe.skipIf(!executable)('the report in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'normball-report-'))
  let browser: Browser
  const complaints: string[] = []
  let svg: string

  const open = async (width: number, javaScriptEnabled = true, file = 'report.html'): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled })
    const page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => complaints.push(message.text()))
    page.on('dialog', (dialog) => {
      complaints.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => {
      if (!request.url().startsWith('file:') && !request.url().startsWith('data:'))
        complaints.push(`request ${request.url()}`)
    })
    await page.goto(`file://${join(folder, file)}`)
    return page
  }
  const visibleRows = (page: Page): Promise<string[]> =>
    page.locator('table.rows tbody tr:visible th').allTextContents()

  beforeAll(async () => {
    writeFileSync(join(folder, 'report.html'), await toHtml(reportFixture(300)))
    svg = await drawBalls([l1, l2, lp(0.5)])
    for (const [name, view] of Object.entries(views(svg))) writeFileSync(join(folder, name), await viewToHtml(view))
    browser = await chromium.launch({
      executablePath: executable!,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    })
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('opens without an error, a request or a dialog, in names that try', async () => {
    const page = await open(1400)
    expect(await page.title()).toContain('normball report')
    expect(await visibleRows(page)).toHaveLength(301)
    expect(complaints).toEqual([])
  })

  it.each([390, 768, 1400])('does not scroll sideways at %i pixels', async (width) => {
    const page = await open(width)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  })

  it('filters by words and by severity', async () => {
    const page = await open(1400)
    await page.getByLabel('Find a tensor').fill('layers.29 weight')
    expect(await visibleRows(page)).toEqual(
      ['29', ...Array.from({ length: 10 }, (_, i) => `29${i}`)].map((i) => `encoder.layers.${i}.weight`),
    )
    await page.getByLabel('Find a tensor').fill('')
    await page.getByLabel('Flags').selectOption('error')
    expect(await visibleRows(page)).toEqual(['encoder.layers.1.weight'])
  })

  it('sorts by a figure with the keyboard, and back', async () => {
    const page = await open(1400)
    const head = page.getByRole('button', { name: 'L2', exact: true })
    await head.focus()
    await page.keyboard.press('Enter')
    expect((await visibleRows(page))[0]).toBe('encoder.layers.299.weight')
    expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('descending')
    await page.keyboard.press('Enter')
    const rows = await visibleRows(page)
    expect(rows.at(-1)).toBe('encoder.layers.299.weight')
  })

  it('is whole without scripts', async () => {
    const page = await open(1400, false)
    expect(await page.locator('table.rows tbody tr').count()).toBe(301)
    expect(await page.locator('.tools').isVisible()).toBe(false)
    expect(await page.getByText('1 of 2,048 values is NaN').first().isVisible()).toBe(true)
  })

  it('names every picture and every control for a screen reader', async () => {
    const page = await open(1400)
    expect(await namelessOf(page)).toBe(0)
  })

  it('shows what the heat map holds under the pointer', async () => {
    const page = await open(1400)
    const box = (await page.locator('.heat img').boundingBox())!
    await page.mouse.move(box.x + 5, box.y + 1)
    expect(await page.locator('.heat-says').textContent()).toBe('encoder.layers.0.weight: L2 10')
  })

  it('prints the table without its controls', async () => {
    const page = await open(1400)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.tools').isVisible()).toBe(false)
    expect(await page.locator('table.rows').isVisible()).toBe(true)
  })

  it('follows the dark scheme', async () => {
    const page = await open(1400)
    const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await background()
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await background()).not.toBe(light)
  })

  describe.each(['hostile.html', 'many.html', 'small.html'])('the view %s', (file) => {
    it.each([390, 1400])(
      'opens at %i pixels without an error, a request, a dialog, or scrolling sideways',
      async (width) => {
        complaints.length = 0
        const page = await open(width, true, file)
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
        expect(complaints).toEqual([])
      },
    )

    it('names every picture, every control and every table', async () => {
      expect(await namelessOf(await open(1400, true, file))).toBe(0)
    })
  })

  it('says which curve is under the pointer', async () => {
    const page = await open(1400, true, 'many.html')
    // The end of the highest curve.
    const box = (await page.locator('figure.chart svg .curve.error path').last().boundingBox())!
    await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2)
    expect(await page.locator('.chart-says').first().textContent()).toBe('layer.99: from 99 to 99')
    expect(await page.locator('.curve.on').count()).toBe(1)
  })

  it('follows a link to a row that the filter hides', async () => {
    const page = await open(1400, true, 'many.html')
    await page.getByLabel('Find a layer').fill('layer.7')
    expect(await page.locator('table.rows tbody tr:visible').count()).toBe(11)
    await page.getByRole('link', { name: 'layer.99' }).first().click()
    expect(await page.locator('table.rows tbody tr:target').isVisible()).toBe(true)
  })

  it('sorts words from A, figures from the largest, and what was not computed last', async () => {
    const page = await open(1400, true, 'many.html')
    const names = (): Promise<string[]> => page.locator('table.rows tbody th').allTextContents()
    await page.getByRole('button', { name: 'norm', exact: true }).click()
    expect((await names()).slice(0, 2)).toEqual(['layer.5', 'layer.99'])
    expect((await names()).at(-1)).toBe('layer.6')
    await page.getByRole('button', { name: 'layer', exact: true }).click()
    expect((await names()).slice(0, 3)).toEqual(['layer.0', 'layer.1', 'layer.10'])
  })

  it('finds the balls a well-formed document', async () => {
    const page = await open(1400, true, 'many.html')
    const found = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml')
      return [parsed.querySelector('parsererror')?.textContent ?? null, parsed.documentElement.nodeName]
    }, svg)
    expect(found).toEqual([null, 'svg'])
  })
})

const namelessOf = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      [
        ...[...document.querySelectorAll('svg[role=img]')].filter((one) => !one.getAttribute('aria-label')),
        ...[...document.querySelectorAll('img')].filter((one) => !one.alt),
        ...[...document.querySelectorAll('input,select')].filter((one) => !one.closest('label')),
        ...[...document.querySelectorAll('table')].filter((one) => !one.caption),
      ].length,
  )

/** Hostile texts, a hundred curves with a picture, and a small one. */
function views(svg: string): Record<string, View> {
  const layers = Array.from({ length: 100 }, (_, i) => `layer.${i}`)
  return {
    'hostile.html': hostileView(),
    'small.html': smallView,
    'many.html': {
      title: 'many',
      facts: [],
      sections: [
        { kind: 'list', title: 'Flags', items: [{ tone: 'error', name: 'layer.99', text: 'too large' }] },
        {
          kind: 'chart',
          title: 'Norms',
          x: { title: 'step' },
          y: { title: 'L2' },
          series: layers.map((name, i) => ({
            name,
            points: [
              [0, i],
              [1, i],
            ] as const,
            ...(i === 99 ? { tone: 'error' as const } : {}),
          })),
        },
        {
          kind: 'table',
          title: 'Layers',
          noun: 'layer',
          columns: [
            { key: 'name', title: 'layer', meaning: 'its name', format: 'text' },
            { key: 'norm', title: 'norm', meaning: 'its norm', format: 'number' },
          ],
          rows: layers.map((name, i) => ({ cells: [name, i === 5 ? Number.NaN : i === 6 ? null : i] })),
        },
        { kind: 'picture', title: 'Balls', svg },
      ],
    },
  }
}
