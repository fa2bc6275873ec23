"""
The oracle of test/kernels/decode-oracle.test.ts, and the codebooks of assembly/decode/grids.ts. Needs numpy and the package `gguf`
(pip install gguf), the reference reader of the format's authors.

  python3 scripts/oracle/decode.py            writes test/oracle/decode.json: per type the SHA-256 of what the reference makes of seeded blocks
  python3 scripts/oracle/decode.py --grids    prints assembly/decode/grids.ts
"""
import hashlib
import json
import sys

import numpy as np
from gguf import GGMLQuantizationType, quants

# Bits that are cleared in every block, as [offset, mask]: one exponent bit of each f16 scale, so that no scale is infinite or NaN (whose bits
# may differ between machines).
F16 = 0x04
CLEARED = {
    'Q4_0': [[1, F16]],
    'Q4_1': [[1, F16], [3, F16]],
    'Q5_0': [[1, F16]],
    'Q5_1': [[1, F16], [3, F16]],
    'Q8_0': [[1, F16]],
    'Q2_K': [[81, F16], [83, F16]],
    'Q3_K': [[109, F16]],
    'Q4_K': [[1, F16], [3, F16]],
    'Q5_K': [[1, F16], [3, F16]],
    'Q6_K': [[209, F16]],
    'TQ1_0': [[53, F16]],
    'TQ2_0': [[65, F16]],
    'IQ2_XXS': [[1, F16]],
    'IQ2_XS': [[1, F16]],
    'IQ2_S': [[1, F16]],
    'IQ3_XXS': [[1, F16]],
    'IQ3_S': [[1, F16]],
    'IQ1_S': [[1, F16]],
    'IQ1_M': [[53, 0x40]],  # the scale's third nibble is the top of the third u16 at 48
    'IQ4_NL': [[1, F16]],
    'IQ4_XS': [[1, F16]],
    'MXFP4': [],
}
BLOCKS = 512
SEED = 20250607


def seeded(count, seed):
    """Bytes of a 32-bit linear congruential generator (Numerical Recipes), the upper byte of each state."""
    out = np.empty(count, np.uint8)
    state = seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = state >> 24
    return out


def oracle():
    types = {}
    for name, cleared in CLEARED.items():
        kind = GGMLQuantizationType[name]
        size = quants.GGML_QUANT_SIZES[kind][1]
        blocks = seeded(BLOCKS * size, SEED).reshape(BLOCKS, size)
        for offset, mask in cleared:
            blocks[:, offset] &= 0xFF ^ mask
        values = quants.dequantize(blocks.reshape(1, -1), kind).astype('<f4').ravel()
        types[name.lower()] = {
            'cleared': cleared,
            'first': [float(x) for x in values[:4]],
            'sha256': hashlib.sha256(values.tobytes()).hexdigest(),
        }
    return {'seed': SEED, 'blocks': BLOCKS, 'types': types}


# Name, class, bits a code; codes of 2 bits come eight to a 16-bit word, those of 3 bits four to a word in nibbles, the first lowest.
GRIDS = [
    ('iq2_xxs', quants.IQ2_XXS),
    ('iq2_xs', quants.IQ2_XS),
    ('iq2_s', quants.IQ2_S),
    ('iq3_xxs', quants.IQ3_XXS),
    ('iq3_s', quants.IQ3_S),
    ('iq1', quants.IQ1_S),
]


def grids():
    print('''/**
 * Codebooks of the IQ types: facts of the GGUF format, published by the ggml authors under the MIT licence (ggml-common.h). One 16-bit word an entry:
 * eight codes of 2 bits, or four of 3 bits in nibbles, the first element lowest; iquants.ts says what a code stands for.
 * Made by scripts/oracle/decode.py --grids.
 */''')
    for name, kind in GRIDS:
        kind.init_grid()
        grid = kind.grid.reshape(kind.grid_shape)
        codes = np.searchsorted(np.array(kind.grid_map, np.float32), grid).astype(np.uint32)
        shifts = np.arange(grid.shape[1], dtype=np.uint32) * (16 // grid.shape[1])
        words = (codes << shifts).sum(axis=1)
        print(f'\nexport const {name.upper()}_GRID = memory.data<u16>([')
        text = [str(word) for word in words]
        line = ' '
        for word in text:
            if len(line) + len(word) + 2 > 140:
                print(line)
                line = ' '
            line += f' {word},'
        print(line)
        print('])')


if '--grids' in sys.argv:
    grids()
else:
    with open('test/oracle/decode.json', 'w') as file:
        json.dump(oracle(), file, indent=1)
        file.write('\n')
