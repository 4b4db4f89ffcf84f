// Keeps the widget small: the loader at most 2 KB, the frame (script and styles) at most 20 KB, gzipped.
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const dist = new URL('../dist/widget/', import.meta.url)
const size = (path) => {
  const raw = readFileSync(new URL(path, dist))
  return { raw: raw.length, gzip: gzipSync(raw, { level: 9 }).length }
}
const frame = readdirSync(new URL('assets/', dist)).filter(f => /\.(js|css)$/.test(f)).map(f => size(`assets/${f}`))
const rows = [
  { name: 'loader', limit: 2048, ...size('widget.js') },
  { name: 'frame', limit: 20480, raw: frame.reduce((n, f) => n + f.raw, 0), gzip: frame.reduce((n, f) => n + f.gzip, 0) },
]
for (const r of rows) console.log(`${r.name}: ${r.gzip} bytes gzipped (${r.raw} raw), limit ${r.limit}`)
if (rows.some(r => r.gzip > r.limit)) {
  console.error('The widget has grown too large.')
  process.exit(1)
}
