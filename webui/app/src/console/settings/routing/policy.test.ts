import { expect, test } from 'vitest'
import { reactive } from 'vue'
import { copy, findingsAbove, findingsAt, freeName, lean, moved, openRule, rulesBetween, type Finding, type Policy, type Rule } from './policy'

const rule = (name: string, more: Partial<Rule> = {}): Rule => ({ name, when: {}, ...more })

test('what a form adds and nobody fills is not sent', () => {
  const p: Policy = { id: 'q', name: '', order: '', own_first: false, rules: [openRule(rule('a', { when: { tier: [], hours: { calendar: '' } }, boost_min: 0 }))], steps: [{ after_s: 0, relax: 0, drop: [], do: '' }], delays: [] }
  expect(lean(p)).toEqual({ id: 'q', rules: [{ name: 'a', when: {} }], steps: [{ after_s: 0 }], delays: [] })
})

test('a condition that says no is said', () => {
  expect(lean({ id: 'q', rules: [rule('a', { when: { owned: false } })], steps: [], delays: [] }).rules[0]!.when).toEqual({ owned: false })
})

test('rules move within their list and no further', () => {
  const list = ['a', 'b', 'c']
  expect(moved(list, 0, 2)).toEqual(['b', 'c', 'a'])
  expect(moved(list, 2, 0)).toEqual(['c', 'a', 'b'])
  expect(moved(list, 0, -1)).toBe(list)
  expect(moved(list, 2, 3)).toBe(list)
})

test('a finding stands at its rule and nowhere else', () => {
  const f = (path: string): Finding => ({ path, reason: 'nobody', error: false, params: {} })
  const all = [f('rules[2].need[0]'), f('rules[20]'), f('steps[0].do'), f('limit'), f(''), f('order')]
  expect(findingsAt(all, 'rules[2]').map(x => x.path)).toEqual(['rules[2].need[0]'])
  expect(findingsAbove(all).map(x => x.path)).toEqual(['', 'order'])
})

test('a rule that is being edited can be copied, and the copy is a thing of its own', () => {
  const p = reactive({ rules: [openRule(rule('a', { need: [{ name: 'french', level: 2 }] }))] })
  p.rules[0]!.steps = reactive([{ after_s: 60 }])
  const c = copy(p.rules[0]!)
  expect(c).toMatchObject({ name: 'a', need: [{ name: 'french', level: 2 }], steps: [{ after_s: 60 }] })
  p.rules[0]!.need![0]!.level = 5
  expect(c.need![0]!.level).toBe(2)
})

test('a copy has a name of its own', () => {
  expect(freeName('VIP', ['VIP', 'VIP 2'])).toBe('VIP 3')
})

test('between two versions rules are new, gone, changed or moved', () => {
  const got = rulesBetween([rule('a'), rule('b'), rule('c')], [rule('b'), rule('a', { boost_min: 5 }), rule('d')])
  expect(got.map(c => `${c.name} ${c.how}`)).toEqual(['b moved', 'a changed', 'd new', 'c gone'])
  expect(rulesBetween([rule('a'), rule('b')], [rule('a'), rule('b')])).toEqual([])
})
