import { createPinia, setActivePinia } from 'pinia'
import { expect, test } from 'vitest'
import { createApp } from 'vue'
import { createI18n } from 'vue-i18n'
import common from '@/shared/i18n/en/common.json'
import words from '@/shared/i18n/en/inbox.json'
import { useDirectory } from '@/shared/stores/directory'
import { useTurnCause, type Turn } from './useTurnWords'

test('a turn says what people said of a waiver, and who asked for it', () => {
  setActivePinia(createPinia())
  let say: ReturnType<typeof useTurnCause> | undefined
  const app = createApp({ setup() { say = useTurnCause(); return () => null } })
  app.use(createI18n({ legacy: false, locale: 'en', messages: { en: { ...common, ...words } } })).mount(document.createElement('div'))
  const { all } = useDirectory()
  useDirectory().all = { ...all, agents: [{ id: 'ann', name: 'Ann' }] as typeof all.agents }
  const turn = (cause: string, params: Record<string, string>, by = { id: 'bo', kind: 'agent', name: 'Bo' }): string => say!({ cause, params, by } as unknown as Turn)
  expect(turn('waiver_requested', { reason: 'the customer agreed' })).toBe('the customer agreed · Bo')
  expect(turn('waiver_given', { reason: 'the customer agreed', asked_by: 'bo' })).toBe('the customer agreed · Bo')
  expect(turn('waiver_given', { reason: 'the customer agreed', note: 'fine', asked_by: 'ann' })).toBe('the customer agreed · fine · asked for by Ann · Bo')
  expect(turn('waiver_denied', { note: 'not this one' })).toBe('not this one · Bo')
  expect(turn('waiver_undone', {})).toBe('a supervisor · Bo')
  expect(turn('priority_changed', { to: 'high' })).toBe('priority High · Bo')
  expect(turn('breakfast', {}, { id: '', kind: 'system', name: '' })).toBe('something changed')
})
