// @vitest-environment node
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { routed } from './facts'

const at = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const kinds = [...at('../../../../../desk/fact_kinds.go').matchAll(/Kind\(\) string \{ return "(\w+)" \}/g)].map(m => m[1]!)

test.each(['en', 'zh-CN'])('every fact the server records has its sentence in %s', (locale) => {
  const words = (JSON.parse(at(`../i18n/${locale}/facts.json`)) as { fact: Record<string, string> }).fact
  expect(kinds.length).toBeGreaterThan(50)
  expect(Object.keys(words)).toEqual([...kinds].sort())
})

test.each(['en', 'zh-CN'])('every step of a trace has its sentence in %s', (locale) => {
  const words = (JSON.parse(at(`../i18n/${locale}/trace.json`)) as { trace: { step: Record<string, string> } }).trace.step
  expect(Object.keys(words)).toEqual([...routed].sort())
  const made = at('../../../../trace.go').match(/case (desk\.\w+(, )?)+:/g)!.join(' ').match(/desk\.(\w+)/g)!.map(n => n.slice(5).replace(/(?<=[a-z])[A-Z]/g, c => `_${c}`).toLowerCase())
  expect(made.sort()).toEqual([...routed].sort())
})
