"""The NumPy peer of decode.bench.ts: decodes a file of blocks, once a line of standard input ("q4_0 FILE COUNT"), and answers with the seconds and a digest."""
import sys
import time
import zlib

import numpy as np


def half(raw):
    return np.ascontiguousarray(raw).view('<f2').astype(np.float32)


def q4_0(raw):
    blocks = raw.reshape(-1, 18)
    codes = blocks[:, 2:]
    out = np.empty((len(blocks), 2, 16), np.float32)
    np.subtract(codes & 15, 8, out=out[:, 0], dtype=np.float32, casting='unsafe')
    np.subtract(codes >> 4, 8, out=out[:, 1], dtype=np.float32, casting='unsafe')
    out *= half(blocks[:, :2])[:, :, None]
    return out


def q8_0(raw):
    blocks = raw.reshape(-1, 34)
    return half(blocks[:, :2]) * blocks[:, 2:].view(np.int8)


def q4_k(raw):
    blocks = raw.reshape(-1, 144)
    d, dmin, packed = half(blocks[:, :2]), half(blocks[:, 2:4]), blocks[:, 4:16]
    first, second, third = packed[:, :4], packed[:, 4:8], packed[:, 8:]
    scales = np.concatenate([first & 63, (third & 15) | (first >> 6 << 4)], axis=1)
    minima = np.concatenate([second & 63, (third >> 4) | (second >> 6 << 4)], axis=1)
    codes = blocks[:, 16:].reshape(-1, 4, 32)
    out = np.empty((len(blocks), 4, 2, 32), np.float32)
    out[:, :, 0] = codes & 15
    out[:, :, 1] = codes >> 4
    out *= (d * scales).reshape(-1, 4, 2, 1)
    out -= (dmin * minima).reshape(-1, 4, 2, 1)
    return out


def q6_k(raw):
    blocks = raw.reshape(-1, 210)
    low = blocks[:, :128].reshape(-1, 2, 2, 32)
    high = blocks[:, 128:192].reshape(-1, 2, 1, 32)
    scales = half(blocks[:, 208:]) * blocks[:, 192:208].view(np.int8)
    out = np.empty((len(blocks), 2, 4, 32), np.float32)
    for run in range(4):
        nibbles = low[:, :, run & 1] & 15 if run < 2 else low[:, :, run & 1] >> 4
        out[:, :, run] = (nibbles | ((high[:, :, 0] >> (2 * run) & 3) << 4)).view(np.int8) - np.int8(32)
    out = out.reshape(-1, 16, 16)
    out *= scales[:, :, None]
    return out


for line in sys.stdin:
    kind, path, _ = line.split()
    raw = np.fromfile(path, np.uint8)
    start = time.perf_counter()
    out = globals()[kind](raw)
    seconds = time.perf_counter() - start
    print(seconds, zlib.crc32(out.tobytes()), flush=True)
