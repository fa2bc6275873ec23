/**
 * What is done with a name that a pickle calls and that has no constructor of ours: it is refused, or an inert object stands in for the result. Nothing is
 * ever imported or run either way; refusing is for the reader's sake, because a pickle that calls such a thing attacks whoever loads it elsewhere.
 */
import type { PyGlobal } from '../pickle/index.js'

/** Value classes of the standard library that checkpoints often hold (paths, dates, configurations). */
const harmless: ReadonlySet<string> = new Set([
  'argparse.Namespace',
  'types.SimpleNamespace',
  'builtins.object',
  'builtins.complex',
  'builtins.slice',
  'builtins.range',
  'pathlib.Path',
  'pathlib.PosixPath',
  'pathlib.WindowsPath',
  'pathlib.PurePath',
  'pathlib.PurePosixPath',
  'pathlib.PureWindowsPath',
  'pathlib._local.PosixPath',
  'pathlib._local.WindowsPath',
  'datetime.datetime',
  'datetime.date',
  'datetime.time',
  'datetime.timedelta',
  'datetime.timezone',
  'decimal.Decimal',
  'fractions.Fraction',
  'uuid.UUID',
  'copyreg._reconstructor',
  'torch.Generator',
])

/** First parts of module names that run code, reach the system, or load more code; no class of theirs belongs into a checkpoint. */
const dangerous: ReadonlySet<string> = new Set(
  (
    'os posix nt ntpath posixpath subprocess builtins sys runpy pty shutil webbrowser pip socket operator functools importlib ctypes multiprocessing ' +
    'threading code codeop commands pickle marshal shelve imp pkgutil pdb bdb timeit trace profile cprofile asyncio signal platform inspect types gc ' +
    'weakref atexit urllib http ftplib smtplib telnetlib xmlrpc ssl select selectors tempfile glob io zipimport site sysconfig distutils setuptools ' +
    'ensurepip venv idlelib lib2to3 pydoc doctest unittest antigravity copyreg codecs linecache logging sched concurrent queue resource mmap fcntl ' +
    'dill cloudpickle joblib nose'
  ).split(' '),
)

/** Packages whose functions are many and whose constructors of data are known here; a call of anything else of theirs is refused. */
const known: ReadonlySet<string> = new Set([
  'torch',
  'numpy',
  'collections',
  'torchvision',
  'pathlib',
  'datetime',
  'pandas',
  'scipy',
  'tensorflow',
  'jax',
])

/** Whether an inert object may stand in for what `target` would make; `call` is REDUCE, `new` is an instantiation without a call of the class. */
export function mayStandIn(target: PyGlobal, how: 'call' | 'new'): boolean {
  if (harmless.has(target.path) || isTorchScript(target)) return true
  const root = target.module
    .split('.')[0]!
    .toLowerCase()
    .replace(/^_+(?=[a-z])/, '')
  if (dangerous.has(root) || dangerous.has(target.module.split('.')[0]!)) return false
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(target.module)) return false
  // A class by its spelling (`Mode`, `Outer.Inner`); functions are what attacks call.
  const isClass = /^_{0,2}[A-Z]\w*(\.[A-Z]\w*)*$/.test(target.name)
  return isClass && (how === 'new' || !known.has(root))
}

/** Classes of a TorchScript archive: their code lies in the archive and is never run. */
export function isTorchScript(target: PyGlobal): boolean {
  return target.module === '__torch__' || target.module.startsWith('__torch__.')
}
