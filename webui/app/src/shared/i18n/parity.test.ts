// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

type Words = { [key: string]: string | Words }
const here = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(`${here}en`)
const read = (locale: string, file: string): Words => JSON.parse(readFileSync(`${here}${locale}/${file}`, 'utf8')) as Words

function flat(w: Words, path = ''): Map<string, string> {
  const out = new Map<string, string>()
  for (const [k, v] of Object.entries(w)) {
    if (typeof v === 'string') out.set(path + k, v)
    else for (const [kk, vv] of flat(v, `${path}${k}.`)) out.set(kk, vv)
  }
  return out
}
const holes = (s: string): string[] => [...new Set(s.match(/\{\w+\}/g) ?? [])].sort()

test('both languages have the same files', () => {
  expect(readdirSync(`${here}zh-CN`)).toEqual(files)
})

test.each(files)('%s says the same in both languages', (file) => {
  const en = flat(read('en', file)), zh = flat(read('zh-CN', file))
  expect([...zh.keys()]).toEqual([...en.keys()])
  for (const [key, text] of en) expect(holes(zh.get(key) ?? ''), key).toEqual(holes(text))
})

test.each(files)('%s keeps its keys sorted', (file) => {
  const sorted = (w: Words): void => {
    const keys = Object.keys(w)
    expect(keys).toEqual([...keys].sort())
    for (const v of Object.values(w)) if (typeof v !== 'string') sorted(v)
  }
  sorted(read('en', file))
})

test.each(files)('%s writes Chinese as Chinese', (file) => {
  for (const [key, text] of flat(read('zh-CN', file))) {
    // Full-width marks after Han, and no full-width digits (UI.md 8).
    expect(text, key).not.toMatch(/\p{Script=Han}[,;?!]/u)
    expect(text, key).not.toMatch(/[０-９]/)
    expect(text, key).not.toMatch(/工单|票据/) // a conversation is 会话
    // One word for one thing: 坐席, 预测, 休假, 跟进, 派单规则.
    expect(text.replaceAll('专属客服', ''), key).not.toMatch(/客服|推演|缺勤|认领|路由/)
  }
})

test('no two files own one top-level key', () => {
  const owners = files.flatMap(f => Object.keys(read('en', f)))
  expect(owners).toEqual([...new Set(owners)])
})
