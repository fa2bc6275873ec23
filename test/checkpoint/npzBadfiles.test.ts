/** The corpus of odd and hostile .npz files, and their mutants: a zip archive has checksums, so a mutant that opens gives the same arrays. */
import { describeBadFiles, describeMutations } from '../badfiles.js'

describeBadFiles('npz')
describeMutations('npz', { checksummed: true, trailing: true })
