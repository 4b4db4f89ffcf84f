import { createPinia, setActivePinia } from 'pinia'
import { expect, test } from 'vitest'
import { createApp } from 'vue'
import { createI18n } from 'vue-i18n'
import type { HistoryEvent } from '../api/types'
import words from '../i18n/en/facts.json'
import { useFactWords } from './facts'

test('a fact whose sentence is made of its fields alone is said too', () => {
  setActivePinia(createPinia())
  let say: ReturnType<typeof useFactWords> | undefined
  const app = createApp({ setup() { say = useFactWords(); return () => null } })
  app.use(createI18n({ legacy: false, locale: 'en', messages: { en: words } })).mount(document.createElement('div'))
  expect(say!({ seq: 1, kind: 'review_decided', data: { state: 'returned', reason: 'tone' } } as unknown as HistoryEvent)).toBe('The mail went back to its author: tone')
  expect(say!({ seq: 2, kind: 'tags_changed', data: { added: ['vip'], removed: ['new'] } } as unknown as HistoryEvent)).toBe('Tags +vip −new')
})
