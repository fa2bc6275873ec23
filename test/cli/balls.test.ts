/** `normball balls` as a process of its own. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const at = (name: string): string => join(folder, name)

describe('normball balls', () => {
  it('writes the SVG to stdout, or the same to --output', async () => {
    const { code, stdout, stderr } = await run(['balls', 'l1', 'l2', 'linf', 'lp(0.5)'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
    const file = at('balls.svg')
    expect(await run(['balls', 'l1', 'l2', 'linf', 'lp(0.5)', '-o', file])).toMatchObject({ code: 0, stdout: '' })
    expect(readFileSync(file, 'utf8')).toBe(stdout)
  })

  it('gives the numbers with --json', async () => {
    const { code, stdout } = await run(['balls', 'l1', 'nuclear', '--point', '3,0', '--radius', '2', '--json'])
    expect(code).toBe(0)
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ command: 'balls', point: [3, 0], radius: 2 })
    expect(
      report.balls.map(({ name, slice, projection, distance }: Record<string, unknown>) => [
        name,
        slice,
        projection,
        distance,
      ]),
    ).toEqual([
      ['l1', 'vector', [2, 0], 1],
      ['nuclear', 'diagonal', [2, 0], 1],
    ])
  })

  it('takes a point below zero, and shows matrices on the plane that is asked for', async () => {
    const { stdout } = await run(['balls', 'nuclear', '--point=-1,-0.5', '--slice', 'symmetric', '--json'])
    expect(JSON.parse(stdout).balls[0]).toMatchObject({ slice: 'symmetric', value: 2 })
  })

  it('writes the page and the table beside it', async () => {
    const { code } = await run(['balls', 'l1', 'l2', '--html', at('b.html'), '--csv', at('b.csv'), '-o', at('b.svg')])
    expect(code).toBe(0)
    expect(readFileSync(at('b.html'), 'utf8')).toContain('<figure class="picture"><svg ')
    expect(readFileSync(at('b.csv'), 'utf8').split('\r\n')).toHaveLength(4)
  })

  it.each([
    [['balls'], /missing required argument 'norm'/],
    [['balls', 'l7'], /^normball: norm: .*l7.* is not known; expected l0, l1, l2/],
    [['balls', 'l1', '--point', '1'], /--point.*expected two numbers, such as 1\.2,0\.7/],
    [['balls', 'l1', '--point', '1,x'], /--point.*expected two numbers, such as 1\.2,0\.7/],
    [['balls', 'l1', '--point', '1,'], /--point.*expected two numbers, such as 1\.2,0\.7/],
    [['balls', 'l1', '--radius', '0'], /--radius.*expected a number above 0/],
    [['balls', 'l1', '--slice', 'cubic'], /diagonal, symmetric/],
  ])('wrong usage %j ends with 2 and writes nothing', async (args, hint) => {
    const { code, stdout, stderr } = await run([...args, '-o', at('none.svg')])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(hint)
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
    expect(existsSync(at('none.svg'))).toBe(false)
  })
})
