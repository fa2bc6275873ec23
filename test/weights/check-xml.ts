/** A strict reader of small XML documents, for tests: well-formed or it throws. No DTD, no comments. */

export interface Element {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: Element[]
  text: string
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decode(text: string): string {
  if (/[<]/.test(text)) throw new Error(`a bare < in ${JSON.stringify(text)}`)
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const known = entities[name]
    if (known === undefined || !whole.endsWith(';')) throw new Error(`an unknown entity ${whole}`)
    return known
  })
}

export function parseXml(source: string): Element {
  let rest = source.replace(/^<\?xml [^?]*\?>\s*/, '')
  const stack: Element[] = []
  let root: Element | null = null
  while (rest.length > 0) {
    const open = /^<([A-Za-z][\w.-]*)((?:\s+[A-Za-z][\w.-]*="[^"<]*")*)\s*(\/?)>/.exec(rest)
    const close = /^<\/([A-Za-z][\w.-]*)>/.exec(rest)
    if (open) {
      const attributes: Record<string, string> = {}
      for (const [, key, value] of open[2]!.matchAll(/([\w.-]+)="([^"]*)"/g)) {
        if (Object.hasOwn(attributes, key!)) throw new Error(`the attribute ${key} stands twice`)
        attributes[key!] = decode(value!)
      }
      const element: Element = { name: open[1]!, attributes, children: [], text: '' }
      if (stack.length > 0) stack.at(-1)!.children.push(element)
      else if (root) throw new Error('two roots')
      else root = element
      if (open[3] === '') stack.push(element)
      rest = rest.slice(open[0].length)
    } else if (close) {
      const element = stack.pop()
      if (element?.name !== close[1]) throw new Error(`</${close[1]}> closes ${element?.name}`)
      rest = rest.slice(close[0].length)
    } else {
      const text = /^[^<]+/.exec(rest)?.[0]
      if (text === undefined) throw new Error(`no tag at ${JSON.stringify(rest.slice(0, 40))}`)
      if (stack.length > 0) stack.at(-1)!.text += decode(text).trim()
      else if (text.trim() !== '') throw new Error('text outside the root')
      rest = rest.slice(text.length)
    }
  }
  if (stack.length > 0 || root === null) throw new Error('not closed')
  return root
}
