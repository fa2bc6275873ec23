/** The shared corpus, for the formats that have no test file of their own for it. */
import { describeBadFiles, describeMutations } from '../badfiles.js'

describeBadFiles('safetensors')
describeBadFiles('sharded')
describeBadFiles('gguf')

describeMutations('safetensors', { separate: true })
// Padding and unused bytes may follow the last tensor.
describeMutations('gguf', { trailing: true, separate: true })
