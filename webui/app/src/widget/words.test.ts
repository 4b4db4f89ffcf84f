import { expect, it } from 'vitest'
import { langOf, speaker, tables } from './words'

const holes = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map(m => m[1]).sort()

it('says the same things in both languages, with the same parts', () => {
  expect(Object.keys(tables.zh).sort()).toEqual(Object.keys(tables.en).sort())
  for (const key of Object.keys(tables.en) as (keyof typeof tables.en)[]) expect(holes(tables.zh[key]), key).toEqual(holes(tables.en[key]))
})

it('follows the language of the page', () => {
  expect(['zh-CN', 'zh', 'ZH-Hant', 'en-GB', 'fr', ''].map(langOf)).toEqual(['zh', 'zh', 'zh', 'en', 'en', 'en'])
  expect(speaker('zh')('ticketAbout', { n: 4 })).toBe('大约还要 4 分钟')
})
