// Inboxes: one form, whose connection part depends on the medium.
import type { Medium } from '@/shared/api/types'
import type { Doc, Field, Section } from './fields'

const channelOf = (d: Doc): Doc => (d['channel'] as Doc | undefined) ?? {}
const pushed = (d: Doc): boolean => channelOf(d)['receive'] === 'push'
const reads = (d: Doc): boolean => !pushed(d)
const acks = (d: Doc): boolean => (channelOf(d)['ack'] as Doc | undefined)?.['enabled'] === true
/** A domain without a selector names no key. */
const signsMail = (d: Doc): boolean => !!(channelOf(d)['dkim'] as Doc | undefined)?.['domain']
const medium = (m: Medium) => (d: Doc): boolean => d['medium'] === m
const server = (side: 'imap' | 'smtp'): Field[] => {
  const signs = (d: Doc): boolean => ((d['channel'] as Doc | undefined)?.[side] as Doc | undefined)?.['auth'] !== 'none'
  const oauth = (d: Doc): boolean => ((d['channel'] as Doc | undefined)?.[side] as Doc | undefined)?.['auth'] === 'xoauth2'
  const at = (k: string): string => `channel.${side}.${k}`
  return [
    { at: at('host'), is: 'text', required: true, as: 'host' }, { at: at('port'), is: 'number', min: 0, max: 65_535, as: 'port' },
    { at: at('tls'), is: 'choice', of: 'tls', as: 'tls' }, { at: at('auth'), is: 'choice', of: side === 'smtp' ? 'smtpAuth' : 'auth', as: 'auth' },
    { at: at('username'), is: 'text', required: true, as: 'username', when: signs },
    { at: at('oauth.token_url'), is: 'url', as: 'token_url', when: oauth }, { at: at('oauth.client_id'), is: 'text', as: 'client_id', when: oauth }, { at: at('oauth.scope'), is: 'text', as: 'scope', when: oauth },
  ]
}

export const inboxForm: Section[] = [
  { title: 'inbox', fields: [
    { at: 'name', is: 'text', required: true },
    { at: 'address', is: 'email', required: true, as: 'address_email', when: medium('email') },
    { at: 'address', is: 'text', required: true, as: 'address_chat', when: medium('chat') },
    { at: 'address', is: 'text', required: true, as: 'address_voice', when: medium('voice') },
    { at: 'queue', is: 'choice', of: 'queues', required: true }, { at: 'priority', is: 'choice', of: 'priorities', none: 'normalPriority' },
    { at: 'reopen_days', is: 'number', min: 0, max: 365, unit: 'days', standard: 7 }, { at: 'skills', is: 'skills', as: 'inbox_skills' }, { at: 'enabled', is: 'switch' },
  ] },
  { title: 'imap', when: d => d['medium'] === 'email' && !pushed(d), fields: server('imap') },
  { title: 'smtp', when: medium('email'), fields: server('smtp') },
  { title: 'mail', when: medium('email'), fields: [
    { at: 'channel.from_name', is: 'text', as: 'from_name' }, { at: 'channel.signature', is: 'area', as: 'signature' },
    { at: 'channel.aliases', is: 'lines', each: 'email', as: 'aliases' }, { at: 'channel.receive', is: 'choice', of: 'receive', none: 'byMailbox', as: 'receive' },
    { at: 'channel.mailboxes', is: 'lines', as: 'mailboxes', when: reads }, { at: 'channel.sent', is: 'text', as: 'sent', when: reads },
    { at: 'channel.history_days', is: 'number', min: 0, max: 3650, unit: 'days', standard: 0, as: 'history_days', when: reads },
    { at: 'channel.sender_per_hour', is: 'number', min: -1, max: 100_000, standard: 50, as: 'sender_per_hour' },
    { at: 'channel.after', is: 'choice', of: 'after', as: 'after', when: reads }, { at: 'channel.move_to', is: 'text', required: true, as: 'move_to', when: d => reads(d) && channelOf(d)['after'] === 'move' },
    { at: 'channel.keyword', is: 'text', as: 'keyword', when: d => reads(d) && channelOf(d)['after'] === 'keyword' },
    { at: 'channel.poll_s', is: 'number', min: 0, max: 480, standard: 120, as: 'poll_s', unit: 'seconds', when: reads }, { at: 'channel.no_reply_token', is: 'switch', invert: true, as: 'reply_token' },
    { at: 'channel.dkim.domain', is: 'text', as: 'dkim_domain' }, { at: 'channel.dkim.selector', is: 'text', as: 'dkim_selector', required: true, when: signsMail },
  ] },
  { title: 'letter', when: medium('email'), fields: [
    { at: 'channel.letter.quote', is: 'choice', of: 'quotes', none: 'quoteLast', as: 'quote' }, { at: 'channel.letter.text_template', is: 'area', as: 'text_template' },
    { at: 'channel.letter.html_template', is: 'area', as: 'html_template' }, { at: 'channel.letter.signature_html', is: 'area', as: 'signature_html' },
    { at: 'channel.time_zone', is: 'choice', of: 'zones', none: 'zoneShanghai', as: 'mail_zone' },
  ] },
  { title: 'ack', when: medium('email'), fields: [
    { at: 'channel.ack.enabled', is: 'switch', as: 'ack_enabled' }, { at: 'channel.ack.calendar', is: 'choice', of: 'calendars', none: 'alwaysOpen', as: 'ack_calendar', when: acks },
    { at: 'channel.ack.texts.zh.open', is: 'area', as: 'ack_zh_open', when: acks }, { at: 'channel.ack.texts.zh.closed', is: 'area', as: 'ack_zh_closed', when: acks },
    { at: 'channel.ack.texts.en.open', is: 'area', as: 'ack_en_open', when: acks }, { at: 'channel.ack.texts.en.closed', is: 'area', as: 'ack_en_closed', when: acks },
  ] },
  { title: 'chat', when: medium('chat'), fields: [
    { at: 'channel.title', is: 'words', as: 'chat_title' }, { at: 'channel.greeting', is: 'words', as: 'greeting' }, { at: 'channel.colour', is: 'colour', as: 'colour' },
    { at: 'channel.origins', is: 'lines', each: 'origin', as: 'origins' }, { at: 'channel.calendar', is: 'choice', of: 'calendars', none: 'alwaysOpen', as: 'chat_calendar' },
    { at: 'channel.offline_inbox', is: 'choice', of: 'mailInboxes', none: 'noForm', as: 'offline_inbox' }, { at: 'channel.reply_within_h', is: 'number', min: 0, max: 336, unit: 'hours', standard: 24, as: 'reply_within_h' },
    { at: 'channel.callback_inbox', is: 'choice', of: 'voiceInboxes', none: 'noCallback', as: 'callback_inbox' },
    { at: 'channel.no_files', is: 'switch', invert: true, as: 'files' },
  ] },
  { title: 'voice', when: medium('voice'), fields: [
    { at: 'channel.provider', is: 'choice', of: 'providers', as: 'provider' }, { at: 'channel.country', is: 'text', as: 'country' },
    { at: 'channel.dial', is: 'text', as: 'dial', when: d => (d['channel'] as Doc | undefined)?.['provider'] === 'twilio' },
    { at: 'channel.max_call_min', is: 'number', min: 0, max: 1440, standard: 240, unit: 'minutes', as: 'max_call_min' },
    { at: 'channel.mail', is: 'choice', of: 'mailInboxes', none: 'noPhoneMail', as: 'phone_mail' },
  ] },
]

/** The names under which an inbox's secrets are kept; they can be set, never read. */
export const secretsOf: Record<Medium, string[]> = { email: ['imap_password', 'smtp_password'], chat: ['identity'], voice: ['webhook'] }

export function inboxBlank(m: Medium = 'email'): Doc {
  const side = (secret: string): Doc => ({ host: '', port: 0, tls: 'tls', auth: 'password', username: '', secret })
  const channel: Record<Medium, Doc> = {
    email: { imap: side('imap_password'), smtp: side('smtp_password'), mailboxes: [], poll_s: 0, after: 'keep', from_name: '', aliases: [], signature: '', no_reply_token: false, max_mail_bytes: 0, max_attachment_bytes: 0, max_files: 0 },
    chat: { title: {}, greeting: {}, origins: [], reply_within_h: 24, no_files: false },
    voice: { provider: 'generic', country: 'CN', dial: '' },
  }
  const key = m === 'chat' ? Array.from(crypto.getRandomValues(new Uint8Array(8)), b => b.toString(16).padStart(2, '0')).join('') : ''
  return { id: '', name: '', medium: m, queue: '', address: key, enabled: true, reopen_days: 7, priority: '', skills: [], channel: channel[m] }
}
