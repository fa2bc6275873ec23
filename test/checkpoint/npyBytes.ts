/** Builds .npy arrays for tests from a header's text and the data. */
export function makeNpy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = Buffer.from(header, version === 3 ? 'utf8' : 'latin1')
  const length =
    version === 1 ? Buffer.from(Uint16Array.of(text.length).buffer) : Buffer.from(Uint32Array.of(text.length).buffer)
  return new Uint8Array(
    Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([version, 0]), length, text, data]),
  )
}

/** An array of 32-bit floats. */
export function floatNpy(shape: readonly number[], values: readonly number[]): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join(' ')}), }\n`
  return makeNpy(text, new Uint8Array(Float32Array.from(values).buffer))
}
