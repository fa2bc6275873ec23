/** The report page in a real browser. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toHtml } from '../../src/report/index.js'
import { reportFixture } from './fixture.js'

const executable =
  process.env['CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

describe.skipIf(!executable)('the report in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'normball-report-'))
  const url = `file://${join(folder, 'report.html')}`
  let browser: Browser
  const complaints: string[] = []

  const open = async (width: number, javaScriptEnabled = true): Promise<Page> => {
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
    await page.goto(url)
    return page
  }
  const visibleRows = (page: Page): Promise<string[]> =>
    page.locator('table.rows tbody tr:visible th').allTextContents()

  beforeAll(async () => {
    writeFileSync(join(folder, 'report.html'), await toHtml(reportFixture(300)))
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
    const nameless = await page.evaluate(
      () =>
        [
          ...[...document.querySelectorAll('svg[role=img]')].filter((one) => !one.getAttribute('aria-label')),
          ...[...document.querySelectorAll('img')].filter((one) => !one.alt),
          ...[...document.querySelectorAll('input,select')].filter((one) => !one.closest('label')),
          ...[...document.querySelectorAll('table')].filter((one) => !one.caption),
        ].length,
    )
    expect(nameless).toBe(0)
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
})
