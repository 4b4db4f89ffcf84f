// Why a sign-in was refused, as a sentence to make: key below `signin.` and its parameters.
import { ApiError } from '@/shared/api/client'

export interface Refusal {
  key: 'wrong' | 'wrongLeft' | 'wrongLast' | 'paused' | ''
  params: Record<string, number>
  /** Unix ms until which another try is pointless. */
  until?: number
  error?: unknown
}

/** Reads the server's answer. What is not about the password is left to the common error sentences. */
export function refusalOf(e: unknown, now: number): Refusal {
  if (!(e instanceof ApiError)) return { key: '', params: {}, error: e }
  if (e.reason === 'sign_in_wrong') {
    const left = Number(e.params['left'] ?? NaN)
    if (!Number.isFinite(left)) return { key: 'wrong', params: {} }
    const minutes = Math.round(Number(e.params['pause_s'] ?? 900) / 60)
    return { key: left > 0 ? 'wrongLeft' : 'wrongLast', params: { n: left, minutes } }
  }
  if (e.code === 'too_many') {
    const wait = Number(e.params['retry_s'] ?? e.retryAfter ?? 60)
    return { key: 'paused', params: {}, until: now + wait * 1000 }
  }
  return { key: '', params: {}, error: e }
}

/** Only addresses of this page are followed after signing in: `//evil.example` is none. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/'
}
