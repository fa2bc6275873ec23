"""Parquet files for test/oracle/table, as PyArrow writes them, with page checksums: python3 scripts/oracle/arrowTables.py FOLDER (needs pyarrow)."""
import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

folder = Path(sys.argv[1])
n = 900
columns = {
    'x': [None if i % 7 == 3 else i * 0.25 - 100 for i in range(n)],
    'i': [i * i % 1009 for i in range(n)],
    'word': [None if i % 5 == 0 else f'w{i % 11}' for i in range(n)],
    'name': [f'name {i * 7919 % 100003}' for i in range(n)],
    'ok': [None if i % 4 == 1 else i % 3 == 0 for i in range(n)],
    'nothing': [None] * n,
    '__proto__': list(range(n)),
}
table = pa.table({**columns, 'nothing': pa.nulls(n), 'raw': [bytes([255, i % 256]) for i in range(n)], 'plain': [b'ok'] * n})
settings = {'row_group_size': 350, 'data_page_size': 400, 'write_batch_size': 60, 'write_page_checksum': True}
for codec, version in [('LZ4', '2.0'), ('SNAPPY', '1.0')]:
    pq.write_table(table, folder / f'arrow-{codec.lower()}-v{version[0]}.parquet', compression=codec, data_page_version=version, **settings)
(folder / 'arrow-parquet.json').write_text(json.dumps(columns, separators=(',', ':')))
