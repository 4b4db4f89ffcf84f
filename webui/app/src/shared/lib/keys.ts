// One listener for the whole page. A handler is given by useKey while its component is mounted; the last one given
// for an id acts, so a dialog may take a key from the page under it.
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { keymap, type KeyId, type KeySpec } from './keymap'
import { remember } from './theme'

type Handler = (e: KeyboardEvent) => void | false
const handlers = new Map<KeyId, Handler[]>()
const entries = Object.entries(keymap) as [KeyId, KeySpec][]

const isApple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform ?? '')

/** Single letters can be switched off, for people whose speech or scanner types (WCAG 2.1.4). */
export const singleKeys: Ref<boolean> = ref(
  (() => { try { return localStorage.getItem('yingda.keys') !== 'off' } catch { return true } })(),
)
export function setSingleKeys(on: boolean): void {
  singleKeys.value = on
  remember('yingda.keys', on ? 'on' : 'off')
}

/** The event as it is written in the table. Letters by code under Alt, since Option types å on Apple systems. */
export function chord(e: KeyboardEvent): string {
  const mods: string[] = []
  if (isApple ? e.metaKey : e.ctrlKey) mods.push('mod')
  if (e.altKey) mods.push('alt')
  let key = e.key.toLowerCase()
  const digit = /^Digit(\d)$/.exec(e.code)?.[1]
  if (e.altKey && /^Key[A-Z]$/.test(e.code)) key = e.code.slice(3).toLowerCase()
  if (e.shiftKey && digit) { mods.push('shift'); key = digit }
  else if (e.shiftKey && (key.length > 1 || mods.length > 0)) mods.push('shift')
  return [...mods, key].join('+')
}

function inField(target: EventTarget | null): boolean {
  const el = target instanceof Element ? target : null
  return !!el?.closest('input, textarea, select, [contenteditable=""], [contenteditable="true"]')
}

let lead = '' // first key of a sequence
let leadTimer: ReturnType<typeof setTimeout> | undefined

function press(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.isComposing || e.repeat && e.key === 'Enter') return
  const c = chord(e), field = inField(e.target)
  if (e.key === 'Shift' || e.key === 'Alt' || e.key === 'Control' || e.key === 'Meta') return
  const typed = lead ? `${lead} ${c}` : c
  lead = ''
  clearTimeout(leadTimer)
  for (const [id, spec] of entries) {
    if (spec.keys !== typed || (field && !spec.inFields)) continue
    if (!spec.keys.includes('+') && (!singleKeys.value || document.querySelector('[role=dialog][data-state=open]'))) continue
    const h = handlers.get(id)?.at(-1)
    if (!h || h(e) === false) continue
    e.preventDefault()
    return
  }
  if (!field && singleKeys.value && entries.some(([id, s]) => s.keys.startsWith(`${c} `) && handlers.has(id))) {
    lead = c
    leadTimer = setTimeout(() => { lead = '' }, 1200)
  }
}

/** Called once at start. */
export function startKeys(): void {
  addEventListener('keydown', press)
}

/** Give a key its deed while this component is mounted. Returning false lets the key pass on. */
export function useKey(id: KeyId, run: Handler): void {
  onMounted(() => handlers.set(id, [...(handlers.get(id) ?? []), run]))
  onBeforeUnmount(() => {
    const rest = (handlers.get(id) ?? []).filter(h => h !== run)
    if (rest.length) handlers.set(id, rest)
    else handlers.delete(id)
  })
}

const caps: Record<string, [apple: string, other: string]> = {
  mod: ['⌘', 'Ctrl'], alt: ['⌥', 'Alt'], shift: ['⇧', 'Shift'], enter: ['↵', '↵'], arrowdown: ['↓', '↓'], arrowup: ['↑', '↑'],
}

/** The caps to print for a key: `⌥ A` or `Alt A`. */
export function capsOf(id: KeyId): string[] {
  return keymap[id].keys.split(/[+ ]/).map(k => caps[k]?.[isApple ? 0 : 1] ?? k.toUpperCase())
}

/** For aria-keyshortcuts. */
export function ariaKeys(id: KeyId): string {
  return keymap[id].keys.split('+').map(k => ({ mod: isApple ? 'Meta' : 'Control', alt: 'Alt', shift: 'Shift', enter: 'Enter' }[k] ?? k.toUpperCase())).join('+')
}
