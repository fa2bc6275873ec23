/** A file written piece by piece while its bytes are still being made: writing goes on in the background, in bounded memory. */
import { constants, fchmodSync, statSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { inert, NormballError, SystemError } from '../core/index.js'
import {
  beginUnfinished,
  finalPath,
  forgetUnfinished,
  isSpecial,
  refusal,
  temporaryPath,
} from '../system/index.node.js'
import type { FileSink } from './write/sink.js'

/** Handed to the system at a time; a multiple of what the disk asks for. */
const blockBytes = 1024 * 1024
/** Blocks that may wait for the disk. */
const blocks = 16
/** After so many bytes the system is asked to begin with the disk, so that little is left at the end. */
const syncBytes = 256 * 1024 * 1024
/**
 * From here on blocks go to the disk itself where the system can (O_DIRECT): a large file is not read again at once, new pages of the system's
 * cache can cost more than the disk (4 s a GiB were seen, where the disk takes 0.7), and those that others use stay.
 */
const directFrom = 64 * 1024 * 1024

/**
 * Begins the file at `path` under a temporary name in its folder; `commit` syncs and renames it. Devices and pipes are written to directly, in
 * order. Throws SystemError('cannot-write') where the system refuses; then, and after `discard`, nothing is left.
 */
export async function openFileSink(path: string): Promise<FileSink> {
  const special = isSpecial(path)
  const temporary = special ? path : temporaryPath(path)
  try {
    if (!special) await beginUnfinished(temporary)
    const handle = await open(temporary, special ? 'w' : 'wx', 0o666)
    if (!special) keepMode(handle, path)
    return new BackgroundFile(path, temporary, special, handle)
  } catch (error) {
    // A file of this name that is not ours stays.
    forgetUnfinished(temporary)
    throw cannotWrite(path, error)
  }
}

/** A file that takes another's place has its permissions. */
function keepMode(handle: FileHandle, path: string): void {
  try {
    fchmodSync(handle.fd, statSync(path).mode & 0o777)
  } catch {
    // There is none, or this file system has no permissions.
  }
}

function cannotWrite(path: string, error: unknown): unknown {
  if (error instanceof NormballError) return error
  return new SystemError(
    'cannot-write',
    `cannot write '${inert(path)}': ${refusal(error)}. Try another place for the output.`,
    { file: path, cause: error },
  )
}

class BackgroundFile implements FileSink {
  readonly #free: Uint8Array[] = []
  readonly #pending = new Set<Promise<void>>()
  /** What blocks lie in: memory that begins at a page, as writing past the cache demands. */
  readonly #memory = new WebAssembly.Memory({ initial: (blocks * blockBytes) / 65536 })
  #made = 0
  #block: Uint8Array = this.#another()!
  /** The file again, past the system's cache; null where that cannot be. */
  #direct: Promise<FileHandle | null> | null = null
  #used = 0
  #position = 0
  #unsynced = 0
  #syncing = false
  #chain: Promise<unknown> = Promise.resolve()
  #failure: unknown = null
  #closed = false

  constructor(
    readonly path: string,
    readonly temporary: string,
    readonly special: boolean,
    readonly handle: FileHandle,
  ) {}

  write(bytes: Uint8Array): void | Promise<void> {
    let done = 0
    while (done < bytes.length) {
      const length = Math.min(bytes.length - done, blockBytes - this.#used)
      this.#block.set(bytes.subarray(done, done + length), this.#used)
      this.#used += length
      done += length
      if (this.#used === blockBytes && !this.#submit()) {
        // The caller's memory may move while it waits.
        const rest = bytes.slice(done)
        return this.#room().then(() => this.write(rest))
      }
    }
    if (this.#failure !== null) throw cannotWrite(this.path, this.#failure)
  }

  async patch(offset: number, bytes: Uint8Array): Promise<void> {
    if (this.special)
      throw new SystemError('cannot-write', `'${inert(this.path)}' is no file, so an npz cannot be written to it. Try safetensors, or a file.`) // biome-ignore format: one sentence
    const start = this.#position
    // What is still in the block is changed there; what was handed over, on the disk.
    if (offset >= start) this.#block.set(bytes, offset - start)
    else {
      await this.#drain()
      await this.#guard(async () => {
        const onDisk = bytes.subarray(0, Math.min(bytes.length, start - offset))
        await this.handle.write(onDisk, 0, onDisk.length, offset)
        this.#block.set(bytes.subarray(onDisk.length), 0)
      })
    }
  }

  async commit(): Promise<void> {
    await this.#drain()
    await this.#guard(async () => {
      await writeFully(this.handle, this.#block.subarray(0, this.#used), this.special ? null : this.#position)
      await this.#closeDirect()
      if (!this.special) await this.handle.sync()
      this.#closed = true
      await this.handle.close()
      // Through a link, so that the link stays and its target changes.
      if (!this.special) await rename(this.temporary, finalPath(this.path))
      forgetUnfinished(this.temporary)
    })
  }

  async discard(): Promise<void> {
    await Promise.allSettled(this.#pending)
    await this.#closeDirect().catch(() => {})
    if (!this.#closed) await this.handle.close().catch(() => {})
    this.#closed = true
    if (!this.special) await rm(this.temporary, { force: true }).catch(() => {})
    forgetUnfinished(this.temporary)
  }

  /** Hands the full block to the system; false where there is no free one to go on with. */
  #submit(): boolean {
    const block = this.#block
    const position = this.special ? null : this.#position
    this.#position += block.length
    this.#used = 0
    const writing = async (): Promise<void> => {
      if (this.#failure !== null) return
      if (position !== null && position >= directFrom && (await this.#writeDirectly(block, position))) return
      await writeFully(this.handle, block, position)
      this.#unsynced += block.length
      if (this.#unsynced >= syncBytes && !this.#syncing && !this.special) this.#startSync()
    }
    // A pipe takes its bytes in order; a file takes several blocks at once.
    const started = this.special ? this.#chain.then(writing) : writing()
    this.#chain = started.catch(() => {})
    this.#track(
      started.finally(() => {
        this.#free.push(block)
      }),
    )
    const next = this.#free.pop() ?? this.#another()
    if (next === null) return false
    this.#block = next
    return true
  }

  /** Whether the block was written past the cache. */
  async #writeDirectly(block: Uint8Array, position: number): Promise<boolean> {
    this.#direct ??= openDirectly(this.temporary)
    const handle = await this.#direct
    if (handle === null) return false
    try {
      const { bytesWritten } = await handle.write(block, 0, block.length, position)
      return bytesWritten === block.length
    } catch (error) {
      // Some file systems open a file so and then refuse to write.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error
      return false
    }
  }

  async #closeDirect(): Promise<void> {
    await (await this.#direct)?.close()
    this.#direct = null
  }

  #another(): Uint8Array | null {
    if (this.#made === blocks) return null
    return new Uint8Array(this.#memory.buffer, this.#made++ * blockBytes, blockBytes)
  }

  #startSync(): void {
    this.#syncing = true
    this.#unsynced = 0
    this.#track(
      this.handle.datasync().finally(() => {
        this.#syncing = false
      }),
    )
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#pending.delete(tracked))
    this.#pending.add(tracked)
  }

  /** Waits until a block is free. */
  async #room(): Promise<void> {
    while (this.#free.length === 0) await Promise.race(this.#pending)
    this.#block = this.#free.pop()!
    if (this.#failure !== null) throw cannotWrite(this.path, this.#failure)
  }

  async #drain(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
    if (this.#failure !== null) throw cannotWrite(this.path, this.#failure)
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw cannotWrite(this.path, error)
    }
  }
}

/** The file for writing past the system's cache, or null. */
async function openDirectly(path: string): Promise<FileHandle | null> {
  const flag: number | undefined = constants.O_DIRECT
  return flag === undefined ? null : open(path, constants.O_WRONLY | flag).catch(() => null)
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number | null): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(
      bytes,
      done,
      bytes.length - done,
      position === null ? null : position + done,
    )
    done += bytesWritten
  }
}
