// One socket for the whole page. It keeps itself alive: back-off with jitter, resume by cursor, a check that no numbered
// frame is missing, and a limit on silence: a line that does not answer is a lost line, whatever the browser believes. It knows nothing of stores: live/apply.ts is its only reader.
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
const answerWithin = 10_000 // to a ping, or to hello: nothing heard for so long, and we dial again
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
  private silence: ReturnType<typeof setTimeout> | undefined
  private helloAt = 0

  constructor(private readonly url: () => string, private readonly on: LiveEvents, private readonly make = (u: string): WebSocket => new WebSocket(u)) {}

  /** Opens the line. The cursor is of before the page read its snapshots: what came since is replayed. */
  start(cursor = ''): void {
    if (this.data.status !== 'off') return
    this.cursor = cursor
    this.data.status = 'connecting'
    this.dial()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.drop(1000)
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

  /** The page came back to the front: a line that died in its sleep is noticed now. */
  probe(): void {
    if (this.data.status === 'open') this.ping()
    else this.retry()
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

  /** Lets go of the line there is, if any; what it still says is not heard. */
  private drop(code: number): void {
    clearInterval(this.pinger)
    clearTimeout(this.silence)
    const ws = this.ws
    this.ws = undefined
    ws?.close(code)
  }

  /** Nothing heard from now on for answerWithin means that the line is dead. */
  private listen(): void {
    const ws = this.ws
    clearTimeout(this.silence)
    this.silence = setTimeout(() => {
      if (!ws || this.ws !== ws) return
      this.drop(4000)
      this.closed(1006)
    }, answerWithin)
  }

  private ping(): void {
    this.send({ kind: 'ping' })
    this.listen()
  }

  private dial(): void {
    clearTimeout(this.timer)
    this.drop(1000)
    this.data.nextTryAt = undefined
    const ws = this.ws = this.make(this.url())
    this.listen()
    this.expected = 0
    ws.onopen = () => {
      if (this.ws !== ws) return
      this.helloAt = Date.now()
      ws.send(JSON.stringify({ kind: 'hello', cursor: this.cursor, topics: this.topics }))
    }
    ws.onmessage = (e) => { if (this.ws === ws) this.receive(String(e.data)) }
    ws.onclose = (e) => { if (this.ws === ws) this.closed(e.code) }
  }

  private receive(text: string): void {
    clearTimeout(this.silence)
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
    this.pinger = setInterval(() => this.ping(), pingEvery)
    if (!resumed && !fresh) this.on.reload()
  }

  private again(): void {
    this.drop(4008)
    this.data.lostAt ??= Date.now()
    this.dial()
  }

  private closed(code: number): void {
    clearInterval(this.pinger)
    clearTimeout(this.silence)
    if (code === 4001) { this.on.signedOut(); return }
    if (code === 4008) this.cursor = '' // what we held may be out of our scope now
    this.data.status = 'lost'
    this.data.lostAt ??= Date.now()
    const wait = Math.min(longestWait, firstWait * 2 ** this.attempt++) * (0.7 + Math.random() * 0.6)
    this.data.nextTryAt = Date.now() + wait
    this.timer = setTimeout(() => this.dial(), wait)
  }
}
