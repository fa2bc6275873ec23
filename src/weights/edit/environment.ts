/** What differs between Node and a browser for an edit: how an input is opened, and whether there are files to write. */
import type { Checkpoint } from '../../checkpoint/index.js'
import type { Crc32, FileSink } from '../../checkpoint/internal.js'

export interface EditEnvironment<Input> {
  /** One checkpoint. */
  open(input: Input, signal: AbortSignal | undefined): Promise<Checkpoint>
  /** Null where no files can be written. */
  readonly files: {
    /** Before any work: throws UsageError where the output is also an input, SystemError where it can certainly not be written. */
    check(path: string, checkpoint: Checkpoint, inPlace: boolean): void
    create(path: string): Promise<FileSink>
  } | null
  readonly crc32: Crc32 | undefined
}
