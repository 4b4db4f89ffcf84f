// @vitest-environment node
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const css = readFileSync(`${here}tokens.css`, 'utf8')
const block = (selector: string): string => {
  const from = css.indexOf(`${selector} {`)
  return css.slice(from, css.indexOf('\n}', from))
}
const names = (text: string): string[] => [...new Set([...text.matchAll(/(--[a-z][\w-]*):/g)].map(m => m[1]!))].sort()

test('every theme defines every semantic token', () => {
  const light = names(block(':root, [data-theme="light"]'))
  expect(light.length).toBeGreaterThan(55)
  for (const theme of ['\n[data-theme="dark"]', '\n[data-contrast="more"]', '[data-theme="dark"][data-contrast="more"]']) {
    expect(names(block(theme)), theme).toEqual(light)
  }
})

test('no part names the palette or a colour', () => {
  for (const file of readdirSync(`${here}parts`)) {
    const text = readFileSync(`${here}parts/${file}`, 'utf8')
    expect(text.match(/--(?:ink|dian|song|hupo|zhu|teng|zi)-\d+|#[0-9a-f]{3,8}\b(?![^{]*\{)/g)?.filter(m => m !== '#000') ?? [], file).toEqual([])
  }
})

test('logical properties only', () => {
  for (const file of readdirSync(`${here}parts`)) {
    const text = readFileSync(`${here}parts/${file}`, 'utf8')
    expect(text.match(/[{;\s](?:margin|padding|border|inset)-(?:left|right|top|bottom)|[{;](?:left|right|width|height):/g) ?? [], file).toEqual([])
  }
})
