// One socket for the whole page. It keeps itself alive: back-off with jitter, resume by cursor, and a check that no
// numbered frame is missing. It knows nothing of stores: live/apply.ts is its only reader.
import { reactive, readonly } from 'vue'
import { learnOffset } from '../lib/now'
import type { Frame } from '../api/frames'

export interface LiveState {
  status: 'off' | 'connecting' | 'open' | 'lost'
  /** When the line was lost, Unix ms of this machine. */
  lostAt: number | undefined
  nextTryAt: number | undefined
}

export interface LiveEvents {
  frame: (f: Frame) => void
  /** The server could not replay what we missed: everything shown must be loaded again. */
  reload: () => void
  signedOut: () => void
}

const pingEvery = 20_000 // the server closes after 60 s of silence
const firstWait = 500, longestWait = 15_000

export class LiveSocket {
  private readonly data = reactive<LiveState>({ status: 'off', lostAt: undefined, nextTryAt: undefined })
  readonly state = readonly(this.data)
  private ws: WebSocket | undefined
  private cursor = ''
  private expected = 0
  private attempt = 0
  private topics: string[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private pinger: ReturnType<typeof setInterval> | undefined
  private helloAt = 0

  constructor(private readonly url: () => string, private readonly on: LiveEvents, private readonly make = (u: string): WebSocket => new WebSocket(u)) {}

  start(): void {
    if (this.data.status !== 'off') return
    this.data.status = 'connecting'
    this.dial()
  }

  stop(): void {
    clearTimeout(this.timer)
    clearInterval(this.pinger)
    const ws = this.ws
    this.ws = undefined
    ws?.close(1000)
    Object.assign(this.data, { status: 'off', lostAt: undefined, nextTryAt: undefined })
    this.cursor = ''
    this.topics = []
  }

  /** Try again now instead of after the wait. */
  retry(): void {
    if (this.data.status !== 'lost') return
    clearTimeout(this.timer)
    this.dial()
  }

  /** Replaces the set of topics this page wants details about. */
  watch(topics: string[]): void {
    this.topics = topics
    this.send({ kind: 'watch', topics })
  }

  /** Sends if the line is up; what is sent here may be lost, so nothing that must last goes this way. */
  send(frame: Record<string, unknown>): void {
    if (this.ws?.readyState === 1 && this.data.status === 'open') this.ws.send(JSON.stringify(frame))
  }

  private dial(): void {
    this.data.nextTryAt = undefined
    const ws = this.ws = this.make(this.url())
    this.expected = 0
    ws.onopen = () => {
      this.helloAt = Date.now()
      ws.send(JSON.stringify({ kind: 'hello', cursor: this.cursor, topics: this.topics }))
    }
    ws.onmessage = (e) => { if (this.ws === ws) this.receive(String(e.data)) }
    ws.onclose = (e) => { if (this.ws === ws) this.closed(e.code) }
  }

  private receive(text: string): void {
    let f: Frame
    try { f = JSON.parse(text) as Frame } catch { return }
    if (typeof f.n === 'number') {
      if (this.expected && f.n !== this.expected) { this.again(); return } // a hole: ask for what is missing
      this.expected = f.n + 1
    }
    if (f.kind === 'welcome') { this.welcome(f.resumed, f.server_time); this.take(f); return }
    if (f.kind === 'resync') { this.cursor = ''; this.again(); return }
    if (f.kind === 'signed_out') { this.on.signedOut(); return }
    this.on.frame(f)
    this.take(f)
  }

  private take(f: Frame): void {
    if (f.cursor) this.cursor = f.cursor
  }

  private welcome(resumed: boolean, serverTime: string | null): void {
    const fresh = this.cursor === '' && this.data.lostAt === undefined
    this.attempt = 0
    Object.assign(this.data, { status: 'open', lostAt: undefined, nextTryAt: undefined })
    learnOffset(Date.parse(serverTime ?? ''), Date.now() - this.helloAt)
    this.send({ kind: 'watch', topics: this.topics }) // they may have changed while hello was on its way
    clearInterval(this.pinger)
    this.pinger = setInterval(() => this.send({ kind: 'ping' }), pingEvery)
    if (!resumed && !fresh) this.on.reload()
  }

  private again(): void {
    const ws = this.ws
    this.ws = undefined
    ws?.close(4008)
    this.data.lostAt ??= Date.now()
    this.dial()
  }

  private closed(code: number): void {
    clearInterval(this.pinger)
    if (code === 4001) { this.on.signedOut(); return }
    if (code === 4008) this.cursor = '' // what we held may be out of our scope now
    this.data.status = 'lost'
    this.data.lostAt ??= Date.now()
    const wait = Math.min(longestWait, firstWait * 2 ** this.attempt++) * (0.7 + Math.random() * 0.6)
    this.data.nextTryAt = Date.now() + wait
    this.timer = setTimeout(() => this.dial(), wait)
  }
}
