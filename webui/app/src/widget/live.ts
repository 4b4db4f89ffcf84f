// One socket: signs in, says hello with the last number it has, comes back by itself and says again what was not
// acknowledged, in order.
import type { Frame, Outgoing, Problem, Session, Uploaded } from './frames'
import type { Kept } from './store'
import { apply, empty, passing, type Model } from './model'
import { newID } from './store'

export interface Identity { id: string, name?: string, email?: string, expires: number, signature: string }

export interface Host { token?: string, identity?: Identity, lang: string, page?: string }

const pingEvery = 25e3, answerWithin = 10e3 // a line that does not answer is a lost line
const backOff = [300, 1000, 2000, 5000, 10000, 20000]

export class Live {
  model: Model
  private session?: Session
  private socket?: WebSocket
  private tries = 0
  private timer = 0
  private typingTimer = 0
  private pace = 0
  private silence = 0
  private typed = 0
  private delivered = 0
  private greeted = false
  private watchers = new Set<() => void>()
  host: Host = { lang: 'en' }

  constructor(private key: string, private kept: Kept, private keepInPage: (token: string) => void) {
    this.model = empty(kept.waiting())
  }

  private get base() { return `/widget/v1/${encodeURIComponent(this.key)}` }

  watch(fn: () => void) {
    this.watchers.add(fn)
    return () => { this.watchers.delete(fn) }
  }

  private set(model: Model) {
    if (model === this.model) return
    this.model = model
    this.watchers.forEach(fn => fn())
  }

  /** start opens the line; calling it again tries at once. */
  async start() {
    clearTimeout(this.timer)
    if (this.socket && this.socket.readyState < 2) return
    try {
      if (!this.session) await this.signIn()
      this.connect()
    } catch (e) {
      if ((e as Problem).code === 'not_found' || (e as Problem).code === 'forbidden') this.set({ ...this.model, line: 'refused' })
      else this.again()
    }
  }

  /** signIn gets a token. Two tabs that open at once share one visitor: the second waits and finds the first's token. */
  private async signIn() {
    const ask = async () => {
      const token = this.kept.get('token') || this.host.token
      const s = await this.request<Session>('/session', { method: 'POST', body: JSON.stringify({ token: token || undefined, identity: this.host.identity }) })
      if (s.identity === 'none') {
        this.kept.set('token', s.token)
        this.keepInPage(s.token)
      }
      this.session = s
      this.set({ ...this.model, settings: s.settings })
    }
    if (navigator.locks) await navigator.locks.request(`yingda.${this.key}`, ask)
    else await ask()
  }

  async request<T>(path: string, init: RequestInit): Promise<T> {
    const res = await fetch(this.base + path, { credentials: 'omit', ...init })
    const body = await res.json().catch(() => ({ code: 'internal', reason: 'internal' })) as T
    if (!res.ok) throw body
    return body
  }

  private connect() {
    const ws = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${this.base}/socket`)
    this.socket = ws
    this.greeted = false
    this.listen(answerWithin)
    ws.onopen = () => this.say({ type: 'hello', token: this.session!.token, lang: this.host.lang, conversation: this.model.conversation || undefined, after: this.model.last || undefined })
    ws.onmessage = e => this.hear(JSON.parse(String(e.data)) as Frame)
    ws.onclose = (e) => { if (this.socket === ws) this.lost(e.code) }
  }

  private lost(code: number) {
    clearTimeout(this.silence)
    this.socket = undefined
    if (code === 4001) {
      this.session = undefined // out of date: sign in anew
      if (this.tries > 1) this.kept.set('token', '')
    }
    this.set({ ...this.model, line: 'off', typing: '' })
    this.again(code === 4008 ? 0 : undefined)
  }

  /** listen asks whether the line lives once it was quiet for so long; not to be answered in time is to be cut off. */
  private listen(after: number, asked = after === answerWithin) {
    clearTimeout(this.silence)
    const ws = this.socket
    this.silence = window.setTimeout(() => {
      if (!ws || ws !== this.socket) return
      if (!asked && this.say({ type: 'ping' })) return this.listen(answerWithin)
      ws.close()
      this.lost(1006)
    }, after)
  }

  private again(after?: number) {
    const wait = after ?? backOff[Math.min(this.tries, backOff.length - 1)]! * (0.7 + Math.random() * 0.6)
    this.tries++
    if (this.model.line === 'connecting' && this.tries > 1) this.set({ ...this.model, line: 'off' })
    this.timer = window.setTimeout(() => void this.start(), wait)
  }

  private say(frame: Record<string, unknown>): boolean {
    if (this.socket?.readyState !== 1) return false
    this.socket.send(JSON.stringify({ v: 1, ...frame }))
    return true
  }

  private hear(f: Frame) {
    this.listen(pingEvery)
    const before = this.model
    this.set(apply(before, f))
    switch (f.type) {
      case 'welcome':
        this.tries = 0
        this.greeted = true
        if (before.conversation !== f.conversation) this.delivered = 0
        this.flush()
        break
      case 'history':
      case 'message':
        for (const o of before.outgoing) if (!this.model.outgoing.includes(o) && !this.model.outgoing.some(x => x.id === o.id)) this.kept.drop(o.id)
        this.got()
        break
      case 'ack':
        this.kept.drop(f.client_id)
        break
      case 'typing':
        clearTimeout(this.typingTimer)
        if (f.on) this.typingTimer = window.setTimeout(() => this.set({ ...this.model, typing: '' }), 6000)
        break
      case 'error':
        if (f.client_id && passing(f.reason)) {
          clearTimeout(this.pace)
          this.pace = window.setTimeout(() => this.flush(), 2000)
        }
        if (f.client_id && !passing(f.reason)) this.kept.drop(f.client_id)
    }
  }

  /** flush says everything that is not acknowledged, in order. */
  private flush() {
    if (this.greeted) for (const o of this.model.outgoing) if (!o.failed) this.tell(o)
  }

  private tell(o: Outgoing) {
    return this.say({ type: 'send', client_id: o.id, text: o.text, files: o.files.length ? o.files.map(f => f.file) : undefined })
  }

  /** got tells the desk how far its words have come, once. */
  private got() {
    const theirs = this.model.messages.filter(m => !m.mine).at(-1)?.number ?? 0
    if (theirs > this.delivered && this.say({ type: 'delivered', number: theirs })) this.delivered = theirs
  }

  send(text: string, files: Uploaded[]) {
    const o: Outgoing = { id: newID(), text, files, at: new Date().toISOString() }
    this.kept.hold(o)
    this.set({ ...this.model, outgoing: [...this.model.outgoing, o] })
    this.typed = 0
    if (this.greeted) this.tell(o)
    void this.start()
  }

  /** retry sends a refused message again; forget gives it up. */
  retry(o: Outgoing) {
    this.forget(o)
    this.send(o.text, o.files)
  }

  forget(o: Outgoing) {
    this.kept.drop(o.id)
    this.set({ ...this.model, outgoing: this.model.outgoing.filter(x => x.id !== o.id) })
  }

  typing() {
    if (Date.now() - this.typed > 2500 && this.say({ type: 'typing', on: true })) this.typed = Date.now()
  }

  /** shown says that a visible viewport has shown everything there is (UP-W8). */
  shown() {
    const n = this.model.messages.filter(m => !m.mine).at(-1)?.number ?? 0
    if (n > this.model.seen && this.say({ type: 'read', number: n })) this.set({ ...this.model, seen: n })
  }

  sawElsewhere(n: number) {
    if (n > this.model.seen) this.set({ ...this.model, seen: n })
  }

  earlier() {
    const first = this.model.messages[0]
    if (first) this.say({ type: 'earlier', before: first.number })
  }

  /** upload sends one file; onProgress gets 0 to 1. It rejects with a Problem. */
  upload(file: File, onProgress: (part: number) => void): { done: Promise<Uploaded>, stop: () => void } {
    const x = new XMLHttpRequest()
    const done = new Promise<Uploaded>((ok, no) => {
      x.open('POST', `${this.base}/files?name=${encodeURIComponent(file.name)}`)
      x.setRequestHeader('Authorization', `Bearer ${this.session?.token ?? ''}`)
      x.responseType = 'json'
      x.upload.onprogress = e => onProgress(e.lengthComputable ? e.loaded / e.total : 0)
      x.onload = () => x.status === 201 ? ok(x.response as Uploaded) : no((x.response ?? { code: 'internal', reason: 'internal' }) as Problem)
      x.onerror = x.onabort = () => no({ code: 'unavailable', reason: 'connection_lost' })
      x.send(file)
    })
    return { done, stop: () => x.abort() }
  }

  leaveWord(form: Record<string, string>) {
    return this.request('/offline', { method: 'POST', body: JSON.stringify({ ...form, lang: this.host.lang }) })
  }

  /** Whether this visitor has rated what ended last. */
  get rated() { return this.kept.get('rated') === this.model.conversation }
  set rated(_: boolean) { this.kept.set('rated', this.model.conversation) }

  /** wish asks for something besides an answer here; it rejects with a Problem. */
  async wish(doc: Record<string, string | number>) {
    await this.request('/wish', { method: 'POST', headers: { Authorization: `Bearer ${this.session?.token ?? ''}` }, body: JSON.stringify(doc) })
    // The line may be down when the desk says where it goes on; whether the place is kept it alone knows.
    if (doc['kind'] !== 'rate' && !this.model.moved) this.set({ ...this.model, moved: { way: String(doc['kind']), kept: false } })
  }

  /** refresh asks again whether anybody is there: closing time may pass while the widget is open (UP-W5). */
  async refresh() {
    try { this.set({ ...this.model, settings: await this.request('/settings', {}) }) } catch { /* the line says so itself */ }
  }
}
