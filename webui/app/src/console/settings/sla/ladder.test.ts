// @vitest-environment node
import { expect, test } from 'vitest'
import { keyOf, levels, nextStep, recipientOf, wrongStep, type Step } from './ladder'

const step = (part: Partial<Step> = {}): Step => ({ level: 100, after_min: 0, time: '', to: [{ kind: 'assignee' }], mail: false, ...part })

test('a step hangs on a warning there is, or on the breach', () => {
  expect(levels({ warnings: [30, 90] }, [60])).toEqual([30, 90, 100])
  expect(levels({ warnings: [] }, [60])).toEqual([60, 100])
  expect(levels({ warnings: [30], no_warnings: true }, [60])).toEqual([100])
})

test('a step says what is wrong with it', () => {
  expect(wrongStep(step())).toBeUndefined()
  expect(wrongStep(step({ to: [] }))).toBe('ladderNobody')
  expect(wrongStep(step({ after_min: -1 }))).toBe('ladderSpan')
  expect(wrongStep(step({ after_min: 43_201 }))).toBe('ladderSpan')
  for (const id of ['', 'duty', 'a b@c.example', '"x"@c.example']) expect(wrongStep(step({ to: [{ kind: 'mail', id }] })), id).toBe('ladderMail')
  expect(wrongStep(step({ to: [{ kind: 'mail', id: 'duty@firm.example' }] }))).toBeUndefined()
})

test('a new step comes after the last of the breach', () => {
  expect(nextStep([])).toEqual(step())
  expect(nextStep([step(), step({ after_min: 60 })])).toMatchObject({ after_min: 120, to: [{ kind: 'supervisors' }] })
})

test('recipients have keys to choose by, there and back', () => {
  for (const r of [{ kind: 'assignee' }, { kind: 'agent', id: 'lin' }, { kind: 'webhook', id: 'crm:x' }] as const) expect(recipientOf(keyOf(r))).toEqual(r)
  expect(recipientOf('mail')).toEqual({ kind: 'mail', id: '' })
})
