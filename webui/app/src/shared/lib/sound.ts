// Short sounds made here: no file to fetch, nothing to license. Each is two soft tones.
import { ref } from 'vue'
import { remember } from './theme'

export const soundOn = ref((() => { try { return localStorage.getItem('yingda.sound') !== 'off' } catch { return true } })())
export function setSound(on: boolean): void {
  soundOn.value = on
  remember('yingda.sound', on ? 'on' : 'off')
}

const tunes = { email: [520, 660], chat: [660, 880], voice: [740, 988, 740, 988], hurry: [880, 880], late: [440, 330] } as const
export type Tune = keyof typeof tunes
let context: AudioContext | undefined

/** Plays once. Silent where the browser has not been touched yet or the person has switched sound off. */
export function play(tune: Tune): void {
  if (!soundOn.value || typeof AudioContext === 'undefined') return
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume()
  const start = context.currentTime
  tunes[tune].forEach((hz, i) => tone(context!, hz, start + i * 0.16))
}

function tone(c: AudioContext, hz: number, t: number): void {
  const o = c.createOscillator(), g = c.createGain()
  o.type = 'sine'
  o.frequency.value = hz
  g.gain.setValueAtTime(0, t)
  g.gain.linearRampToValueAtTime(0.12, t + 0.02)
  g.gain.exponentialRampToValueAtTime(0.0001, t + 0.28)
  o.connect(g).connect(c.destination)
  o.start(t)
  o.stop(t + 0.3)
}
