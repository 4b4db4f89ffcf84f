// The only writer of stores from live news: one frame in, the right store told. Order and loss are the socket's care.
import type { Frame, FrameOf } from '../api/frames'
import { i18n } from '../i18n'
import { play } from '../lib/sound'
import { announce } from '../lib/announce'
import { useBoard } from '../stores/board'
import { useContacts } from '../stores/contacts'
import { useConversations } from '../stores/conversations'
import { useDirectory } from '../stores/directory'
import { useMessages } from '../stores/messages'
import { useOffers } from '../stores/offers'
import { usePassedUp } from '../stores/passedUp'
import { usePresence } from '../stores/presence'
import { useSession } from '../stores/session'
import { useSettings } from '../stores/settings'

export function apply(f: Frame): void {
  switch (f.kind) {
    case 'conversation': return useConversations().heard(f.conversation)
    case 'removed': return useConversations().removed(f.id)
    case 'message': case 'message_changed': return useMessages().put(f.message)
    case 'event': return useMessages().happened(f.conversation, f.event)
    case 'offer': return offer(f)
    case 'offer_gone': return useOffers().end(f.id, f.reason, f.by)
    case 'presence': return usePresence().put(f.presence)
    case 'clock': return clock(f)
    case 'escalation': return escalation(f)
    case 'board': return useBoard().changed(f.queues, f.agents, f.late_changed, f.waivers)
    case 'alert': return alert(f)
    case 'channel': return useBoard().channel(f.channel)
    case 'setting': return setting(f)
    case 'typing': return useMessages().typing(f.conversation, f.who, f.on)
    case 'viewing': return useMessages().viewing(f.conversation, f.agents)
    case 'contact': return contact(f)
    default: // unknown kinds are ignored: an older page must live with a newer server
  }
}

function offer(f: FrameOf<'offer'>): void {
  const offers = useOffers()
  if (offers.all.has(f.offer.id)) return
  offers.come(f.offer)
  if (f.offer.auto) return
  play(f.offer.conversation.medium)
  announce('offer', { name: f.offer.conversation.contact.name, medium: f.offer.conversation.medium }, true)
}

function clock(f: FrameOf<'clock'>): void {
  const c = f.conversation
  useConversations().heard(c)
  if (f.what !== 'breached') return
  if (c.assignee === useSession().me) play('late')
  announce('late', { name: c.contact.name, target: String(i18n.global.t(`target.${f.clock.target}`)), who: useDirectory().agentName(c.assignee) || useDirectory().queueName(c.queue) }, true)
}

// A promise passed up to me: the first to say "I have it" ends it for all.
function escalation(f: FrameOf<'escalation'>): void {
  const c = f.conversation
  useConversations().heard(c)
  play('late')
  usePassedUp().heard(c, f.clock, `${f.level} ${f.step}`)
}

function alert(f: FrameOf<'alert'>): void {
  if (!useBoard().alert(f.alert)) return
  play('late')
}

function setting(f: FrameOf<'setting'>): void {
  useSettings().touched(f.setting, f.id)
  void useDirectory().load().catch(() => {}) // names may be a moment old; the next change loads again
}

function contact(f: FrameOf<'contact'>): void {
  useContacts().heard(f.contact)
  const { byId, changed } = useConversations()
  for (const c of byId.values()) {
    if (c.contact.id === f.contact.id) changed({ ...c, contact: { id: c.contact.id, name: f.contact.name, company: f.contact.company, tier: f.contact.tier } })
  }
}
