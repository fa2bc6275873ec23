/** The corpus of odd and hostile .npy files, and their mutants. */
import { describeBadFiles, describeMutations } from '../badfiles.js'

describeBadFiles('npy')
describeMutations('npy', { trailing: true })
