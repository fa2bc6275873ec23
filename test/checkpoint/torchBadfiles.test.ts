/** The corpus of odd and hostile PyTorch files, and their mutants. Legacy files have no checksums, so a mutant may read as other numbers. */
import { describeBadFiles, describeMutations } from '../badfiles.js'

describeBadFiles('torch')
describeMutations('torch')
