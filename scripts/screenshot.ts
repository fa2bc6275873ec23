// docs/report.png: the real report page of the real example, as README shows it. Run: npx tsx scripts/screenshot.ts (needs a build and Chromium)
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const folder = mkdtempSync(join(tmpdir(), 'normball-shot-'))
const page = join(folder, 'report.html')
try {
  execFileSync(process.execPath, ['dist/bin/main.node.js', 'demo', '--quiet', '--html', page], { stdio: 'ignore' })
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  })
  const tab = await browser.newPage({ viewport: { width: 1400, height: 1180 } })
  await tab.goto(`file://${page}`)
  await tab.screenshot({ path: 'docs/report.png' })
  await browser.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
