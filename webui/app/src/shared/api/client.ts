// How the page talks to the server: one function, one error type. Endpoints with their shapes stand in endpoints.ts.
import { learnOffset } from '../lib/now'

export type ErrorCode = 'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'too_large' | 'too_many' | 'unavailable' | 'internal' | 'offline'

/** The one error of the page. `reason` is the key of its sentence, `params` fill it. */
export class ApiError extends Error {
  readonly code: ErrorCode
  readonly reason: string
  readonly params: Record<string, string>
  readonly status: number
  /** On a stale change: the object as it is now. */
  readonly current: unknown
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined

  constructor(init: { code: ErrorCode, reason?: string, params?: Record<string, string>, status?: number, current?: unknown, retryAfter?: number }) {
    super(`${init.code}: ${init.reason ?? ''}`)
    this.name = 'ApiError'
    this.code = init.code
    this.reason = init.reason ?? init.code
    this.params = init.params ?? {}
    this.status = init.status ?? 0
    this.current = init.current
    this.retryAfter = init.retryAfter
  }

  /** Nobody answered: what was written is worth keeping and sending again. */
  get lost(): boolean { return this.code === 'offline' || this.code === 'unavailable' }
}

export type Query = Record<string, string | number | boolean | undefined>
export interface Options { query?: Query, body?: unknown, key?: string, signal?: AbortSignal }

let signedOut: () => void = () => {}
/** Told once by the session: what to do when the server no longer knows us. */
export function onSignedOut(run: () => void): void { signedOut = run }

export const base = '/api/v1'

/** A new id for something this page sends, so that sending twice does it once. */
export function newKey(): string {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, '0')).join('')
}

export async function request<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, o: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  const form = o.body instanceof FormData
  if (o.body !== undefined && !form) headers['Content-Type'] = 'application/json'
  if (method === 'POST') headers['Idempotency-Key'] = o.key ?? newKey()
  const body = o.body === undefined ? null : form ? o.body as FormData : JSON.stringify(o.body)
  const started = Date.now()
  let r: Response
  try {
    r = await fetch(base + path + search(o.query), { method, headers, body, credentials: 'same-origin', signal: o.signal ?? null })
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e
    throw new ApiError({ code: 'offline' })
  }
  const date = r.headers.get('Date')
  // The Date header has whole seconds: half a second is the best guess of the rest. Better ones come by the socket.
  if (date) learnOffset(Date.parse(date) + 500, Date.now() - started + 1000)
  if (!r.ok) throw await failure(r)
  if (r.status === 204) return undefined as T
  return await r.json() as T
}

async function failure(r: Response): Promise<ApiError> {
  const said = await r.json().catch(() => undefined) as { code?: ErrorCode, reason?: string, params?: Record<string, string>, current?: unknown } | undefined
  if (r.status === 401 && (said?.reason ?? 'signed_out') === 'signed_out') signedOut()
  const retry = Number(r.headers.get('Retry-After') ?? NaN)
  return new ApiError({
    code: said?.code ?? byStatus(r.status), status: r.status, current: said?.current,
    ...(said?.reason ? { reason: said.reason } : {}), ...(said?.params ? { params: said.params } : {}),
    ...(Number.isFinite(retry) ? { retryAfter: retry } : {}),
  })
}

function byStatus(status: number): ErrorCode {
  const known: Record<number, ErrorCode> = { 400: 'invalid', 401: 'unauthenticated', 403: 'forbidden', 404: 'not_found', 409: 'conflict', 413: 'too_large', 422: 'invalid', 429: 'too_many', 502: 'unavailable', 503: 'unavailable', 504: 'unavailable' }
  return known[status] ?? 'internal'
}

function search(q: Query | undefined): string {
  const p = new URLSearchParams()
  for (const [k, v] of Object.entries(q ?? {})) if (v !== undefined && v !== '') p.set(k, String(v))
  const s = p.toString()
  return s ? `?${s}` : ''
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> => request<T>('GET', path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) })
export const post = <T>(path: string, body?: unknown, key?: string): Promise<T> => request<T>('POST', path, { body: body ?? {}, ...(key ? { key } : {}) })
export const put = <T>(path: string, body: unknown): Promise<T> => request<T>('PUT', path, { body })
export const patch = <T>(path: string, body: unknown): Promise<T> => request<T>('PATCH', path, { body })
export const del = <T>(path: string): Promise<T> => request<T>('DELETE', path)
