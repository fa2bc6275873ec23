// Makes test/oracle/table/duck-*: one table of many types as Parquet in every codec, and what DuckDB reads from it.
// Run where @duckdb/node-api is installed: node duckdb.mjs FOLDER

import { mkdirSync, writeFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const out = process.argv[2]
mkdirSync(out, { recursive: true })
const db = await DuckDBInstance.create(':memory:')
const c = await db.connect()
await c.run(`create table t as select
 i::double * 0.1 - 3 as d, case when i % 7 = 0 then null else (i * 1.5)::float end as f, i::integer - 50 as i32, (i * 90071992547409 - 5)::bigint as i64,
 (i * 3000000)::uinteger as u32, (18446744073709551615 - i)::ubigint as u64, (i % 3 = 0) as b, case when i % 5 = 0 then null else (i % 2 = 0) end as bn,
 (i * 1234.5678)::decimal(12,4) as dec, (i * -98765432109.87)::decimal(30,2) as dec30, date '2020-02-28' + i::integer as day,
 timestamp '2021-03-04 05:06:07.123456' + interval (i) hour as us, (timestamp_ms '1969-12-31 23:59:59.999')::timestamp_ms as ms, (timestamp_ns '2021-03-04 05:06:07.123456789')::timestamp_ns as ns,
 ['red','green','blue'][i % 3 + 1] as colour, case when i % 4 = 0 then null else 'name ' || i::varchar || ' ä' end as name,
 uuid() as id, [i, i + 1] as list, {'x': i, 'y': case when i % 2 = 0 then null else 'p' end} as s, interval (i) day as span, 'blob'::blob as raw, time '01:02:03' as tod, 'nan'::double as nan
 from range(120) r(i)`)
const kinds = [
  ['snappy-v1', 'codec snappy, parquet_version v1'],
  ['zstd-v2', 'codec zstd, parquet_version v2'],
  ['gzip-v1', 'codec gzip, parquet_version v1'],
  ['brotli-v2', 'codec brotli, parquet_version v2'],
  ['lz4_raw-v1', 'codec lz4_raw, parquet_version v1'],
  ['plain-v2', 'codec uncompressed, parquet_version v2'],
]
for (const [name, options] of kinds) {
  await c.run(`copy (select * from t) to '${out}/duck-${name}.parquet' (format parquet, ${options})`)
}
const r = await c.runAndReadAll(
  `select d,f,i32,i64,u32,u64,b,bn,dec::varchar as dec,dec30::varchar as dec30,epoch_ms(day) as day,epoch_us(us) as us,epoch_ms(ms) as ms,epoch_ns(ns) as ns,colour,name,s.x as "s.x", s.y as "s.y" from t`,
)
const cols = r.getColumnsObject()
const plain = {}
for (const [k, v] of Object.entries(cols))
  plain[k] = v.map((x) =>
    x === null ? null : typeof x === 'bigint' ? String(x) : typeof x === 'object' ? String(x) : x,
  )
writeFileSync(`${out}/duck-parquet.json`, JSON.stringify(plain))
