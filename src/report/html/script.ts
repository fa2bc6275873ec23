/** The page's only script: sorting, filtering, and what a heat map or a chart says under the pointer. The page is whole without it. */
export const script = `
'use strict'
for (const table of document.querySelectorAll('table.rows')) {
  const body = table.tBodies[0]
  const rows = [...body.rows]
  const heads = [...table.tHead.rows[0].cells]
  const valueOf = (row, place) => {
    const raw = row.cells[place].dataset.v
    if (raw === undefined) return row.cells[place].textContent
    return raw === '' ? null : Number(raw)
  }
  const compare = (a, b, sign) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
    if (a !== a || b !== b) return a !== a ? (b !== b ? 0 : -1) : 1
    return (a < b ? -1 : a > b ? 1 : 0) * sign
  }
  heads.forEach((head, place) => {
    const button = head.querySelector('button')
    if (!button) return
    button.addEventListener('click', () => {
      const before = head.getAttribute('aria-sort')
      const first = head.classList.contains('l') || place === 0 ? 'ascending' : 'descending'
      const other = first === 'ascending' ? 'descending' : 'ascending'
      const order = before === first ? other : first
      for (const one of heads) one.removeAttribute('aria-sort')
      head.setAttribute('aria-sort', order)
      const sign = order === 'ascending' ? 1 : -1
      const sorted = rows.map((row) => ({ row, value: valueOf(row, place) })).sort((a, b) => compare(a.value, b.value, sign))
      body.append(...sorted.map(({ row }) => row))
    })
  })
  const tools = table.closest('section').querySelector('.tools')
  if (!tools) continue
  const says = tools.querySelector('output')
  const [text, tone] = [tools.querySelector('input'), tools.querySelector('select')]
  tools.hidden = false
  const filter = () => {
    const wanted = text.value.toLowerCase().split(/\\s+/).filter(Boolean)
    let count = 0
    for (const row of rows) {
      const words = row.dataset.find
      const fits = wanted.every((word) => words.includes(word)) && (!tone || tone.value === '' || row.dataset.flags.split(' ').includes(tone.value))
      row.hidden = !fits
      if (fits) count++
    }
    says.textContent = count + ' of ' + rows.length + ' ' + table.dataset.noun + 's'
  }
  text.addEventListener('input', filter)
  if (tone) tone.addEventListener('change', filter)
  addEventListener('hashchange', () => {
    const row = document.getElementById(location.hash.slice(1))
    if (!row || !row.hidden || !body.contains(row)) return
    text.value = ''
    if (tone) tone.value = ''
    filter()
    row.scrollIntoView()
  })
  filter()
}
for (const part of document.querySelectorAll('.heat')) {
  const heat = part.querySelector('img')
  const { titles, cells } = JSON.parse(part.querySelector('.heat-data').textContent)
  const line = part.querySelector('.heat-says')
  const at = (event) => {
    const box = heat.getBoundingClientRect()
    const y = Math.min(cells.length - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * cells.length)))
    const x = Math.min(titles.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * titles.length)))
    return { row: cells[y], x }
  }
  heat.addEventListener('pointermove', (event) => {
    const { row, x } = at(event)
    line.textContent = row[1] + ': ' + titles[x] + ' ' + row[x + 2]
  })
  heat.addEventListener('click', (event) => {
    const anchor = at(event).row[0]
    if (anchor) location.hash = anchor
  })
}
for (const chart of document.querySelectorAll('figure.chart')) {
  const says = chart.querySelector('.chart-says')
  chart.addEventListener('pointerover', (event) => {
    const curve = event.target.closest('.curve')
    for (const one of chart.querySelectorAll('.curve.on')) one.classList.remove('on')
    if (!curve) return
    curve.classList.add('on')
    says.textContent = curve.dataset.says
  })
}
`.trim()

/** SHA-256 of `script`, which is all that the page's Content-Security-Policy lets run. A test holds the two together. */
export const scriptHash = 'sha256-pG/AbOpXYONN4rrPToiQFhaJCnBkgvDpAtOlsdbNoOQ='
