/** Random signs with the same bits on every machine (sfc32, Chris Doty-Humphrey's PractRand), for the start vectors of the Krylov methods. */

export function randomSigns(seed: number): (target: Float64Array) => void {
  let a = seed | 0
  let b = Math.floor(seed / 2 ** 32) | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t
  }
  for (let i = 0; i < 15; i++) next()
  return (target) => {
    let bits = 0
    for (let i = 0; i < target.length; i++) {
      if (i % 32 === 0) bits = next()
      target[i] = bits & 1 ? 1 : -1
      bits >>>= 1
    }
  }
}
