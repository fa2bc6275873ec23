/** The page's only script: sorting, filtering, and what the heat map says under the pointer. The page is whole without it. */
export const script = `
'use strict'
for (const part of document.querySelectorAll('[data-file]')) {
  const table = part.querySelector('table.tensors')
  if (table) {
    const body = table.tBodies[0]
    const rows = [...body.rows]
    const tools = part.querySelector('.tools')
    const says = tools.querySelector('output')
    const [text, severity] = [tools.querySelector('input'), tools.querySelector('select')]
    tools.hidden = false
    const filter = () => {
      const wanted = text.value.toLowerCase().split(/\\s+/).filter(Boolean)
      let count = 0
      for (const row of rows) {
        const name = row.dataset.find
        const fits = wanted.every((word) => name.includes(word)) && (severity.value === '' || row.dataset.flags.includes(severity.value))
        row.hidden = !fits
        if (fits) count++
      }
      says.textContent = count + ' of ' + rows.length + ' tensors'
    }
    text.addEventListener('input', filter)
    severity.addEventListener('change', filter)
    filter()
    const heads = [...table.tHead.rows[0].cells]
    const valueOf = (row, place) => {
      const raw = row.cells[place].dataset.v
      if (raw === undefined) return row.cells[place].textContent
      return raw === '' ? null : Number(raw)
    }
    heads.forEach((head, place) => {
      const button = head.querySelector('button')
      if (!button) return
      button.addEventListener('click', () => {
        const up = head.getAttribute('aria-sort') === 'descending'
        for (const other of heads) other.removeAttribute('aria-sort')
        head.setAttribute('aria-sort', up ? 'ascending' : 'descending')
        const sign = up ? 1 : -1
        const sorted = rows.map((row) => ({ row, value: valueOf(row, place) })).sort((a, b) => {
          if (a.value === null || b.value === null) return a.value === b.value ? 0 : a.value === null ? 1 : -1
          return (a.value < b.value ? -1 : a.value > b.value ? 1 : 0) * sign
        })
        body.append(...sorted.map(({ row }) => row))
      })
    })
  }
  const heat = part.querySelector('.heat img')
  if (heat) {
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
    heat.addEventListener('click', (event) => { location.hash = at(event).row[0] })
  }
}
`.trim()

/** SHA-256 of \`script\`, which is all that the page's Content-Security-Policy lets run. A test holds the two together. */
export const scriptHash = 'sha256-PsYNaDkDe06dKwXb+p+3jOI3sPK1bDkRUXE2v3yRXDo='
