/**
 * The arguments of Fortran calls. Fortran takes every argument by address, so each instance keeps a block of cells in the kernels' memory.
 * An integer cell is eight bytes, little-endian and sign-extended, and so is read rightly by 32-bit and 64-bit callees alike.
 */
import type { Kernels, Pointer } from '../kernels/index.js'
import type { Koffi } from './koffi.node.js'
import type { Real } from './lapack.js'

const cells = 24
const letters = 'NTULASVYR'

export class Frame {
  /** Native address of the memory's first byte. */
  base = 0
  /** What workspace queries answered: see `answerTo`. */
  readonly answers = new Map<string, readonly number[]>()
  private i32 = new Int32Array(0)
  private f32 = new Float32Array(0)
  private f64 = new Float64Array(0)
  private readonly block: Pointer

  constructor(
    private readonly koffi: Koffi,
    private readonly kernels: Kernels,
  ) {
    this.block = kernels.alloc(8 * cells + letters.length)
    for (const [i, letter] of [...letters].entries())
      kernels.u8(this.block + 8 * cells + i, 1)[0] = letter.charCodeAt(0)
  }

  /**
   * To be called after the last `alloc` before a native call: growing the memory makes views stale and may move it. A stale view has length
   * 0, which costs less to ask than whether the memory still has the same buffer.
   */
  fresh(): this {
    if (this.i32.length === 0) this.refresh()
    return this
  }

  private refresh(): void {
    const buffer = this.kernels.memory.buffer
    this.base = Number(this.koffi.address(new Uint8Array(buffer)))
    this.i32 = new Int32Array(buffer, this.block, 2 * cells)
    this.f32 = new Float32Array(buffer, this.block, 2 * cells)
    this.f64 = new Float64Array(buffer, this.block, cells)
  }

  /** Puts an integer into a cell; returns the cell's native address. */
  integer(cell: number, value: number): number {
    this.i32[2 * cell] = value
    this.i32[2 * cell + 1] = value >> 31
    return this.base + this.block + 8 * cell
  }

  real(cell: number, type: Real, value: number): number {
    if (type === 'f64') this.f64[cell] = value
    else this.f32[2 * cell] = value
    return this.base + this.block + 8 * cell
  }

  /** What a routine wrote into an integer cell (its low half: no count here is beyond 2^31). */
  integerAt(cell: number): number {
    return this.i32[2 * cell]!
  }

  realAt(cell: number, type: Real): number {
    return type === 'f64' ? this.f64[cell]! : this.f32[2 * cell]!
  }

  /** Native address of a character argument. */
  letter(letter: string): number {
    return this.base + this.block + 8 * cells + letters.indexOf(letter)
  }

  /** Native address of a cell. */
  cell(cell: number): number {
    return this.base + this.block + 8 * cell
  }
}
