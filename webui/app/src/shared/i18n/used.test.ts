// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

// Words nobody says rot: every key must be spoken somewhere, whole, as a template's shape, or below a group that is named.
type Words = { [key: string]: string | Words }
const src = fileURLToPath(new URL('../..', import.meta.url))
const flat = (w: Words, path = ''): string[] => Object.entries(w).flatMap(([k, v]) => typeof v === 'string' ? [path + k] : flat(v, `${path}${k}.`))
const keys = readdirSync(`${src}shared/i18n/en`).flatMap(f => flat(JSON.parse(readFileSync(`${src}shared/i18n/en/${f}`, 'utf8')) as Words))
const code = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter(f => /\.(vue|ts)$/.test(f) && !/\.test\.ts$|schema\.d\.ts$|^widget/.test(f))
  .map(f => readFileSync(src + f, 'utf8')).join('\n')
const named = new Set([...code.matchAll(/['"`]([\w-]+(?:\.[\w-]+)*)['"`]/g)].map(m => m[1]!))
const escape = (s: string): string => s.replace(/[.-]/g, '\\$&')
const shapes = [...code.matchAll(/`([\w-]+\.(?:[\w.-]*\$\{[^`}]*\})+[\w.-]*)`/g)]
  .map(m => new RegExp(`^${m[1]!.split(/\$\{[^}]*\}/).map(escape).join('[^.]+')}$`))

test('every key of the dictionaries is spoken', () => {
  const unused = keys.filter(k => !named.has(k) && !(k.split('.').length > 2 && named.has(k.slice(0, k.lastIndexOf('.')))) && !shapes.some(s => s.test(k)))
  expect(unused).toEqual([])
})
