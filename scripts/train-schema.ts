// Writes docs/train.schema.json from the code; a test holds the two equal.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { trainSchema } from '../src/train/config/schema/schema.js'

const path = fileURLToPath(new URL('../docs/train.schema.json', import.meta.url))
writeFileSync(path, `${JSON.stringify(trainSchema, null, 2)}\n`)
