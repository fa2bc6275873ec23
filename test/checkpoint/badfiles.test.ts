/** The shared corpus, for the formats that have no test file of their own for it. */
import { describeBadFiles, describeMutations } from '../badfiles.js'

describeBadFiles('safetensors')
describeBadFiles('sharded')
describeMutations('safetensors')
