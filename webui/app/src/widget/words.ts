// The widget's words in both languages. {x} is filled in; a key must stand in both (words.test.ts).
const en = {
  byMail: 'Answer me by email', callMe: 'Call me', callNumber: 'Phone number', mailMoved: 'We will answer you by email.', callMoved: 'We will call you.', placeKept: 'You keep your place: your turn comes when it would have come here.',
  rateAsk: 'How was it?', rateDone: 'Thank you for telling us.', rateWords: 'Anything to add?', star: '{n} of 5', stay: 'Wait here',
  again: 'Try again', agentHere: '{name} is here', agentTyping: '{name} is typing', attach: 'Attach a file', attachRemove: 'Remove {name}',
  backAt: 'Back {when}', chat: 'Chat', close: 'Close', connecting: 'Connecting…', delivered: 'Delivered', earlier: 'Show earlier messages',
  ended: 'This conversation has ended. Write again to continue it.', failed: 'Not sent', giveUp: 'Remove',
  formDone: 'Thank you. We will reply to {email} within {hours} hours.', formEmail: 'Email', formName: 'Name', formSend: 'Send message', formText: 'Message',
  formIntro: 'We are closed now. Leave a message and we will reply by email within {hours} hours.', formMore: 'Write another message',
  greeting: 'Hello, how can we help?', here: 'We are here', joined: '{name} joined the conversation', more: 'More',
  closedNoForm: 'We are closed now. You can still write here; we will answer when we are back.',
  offline: 'Connecting again. Nothing is lost.', openUntil: 'Open until {when}', place: 'Your message…', placeMore: 'Add to your message…', read: 'Read',
  received: 'Received', refused: 'This chat is not available here.', send: 'Send', sending: 'Sending…', sent: 'Sent', thread: 'Conversation',
  ticketAbout: 'about {n} minutes', ticketKept: 'Your place is kept if you reload or switch tabs.', ticketNext: 'You are next', ticketNumber: 'You are number',
  ticketRange: '{low} to {high} minutes', ticketRings: 'Somebody is being called for you', ticketUnit: '', ticketUnitBefore: '', ticketSoon: 'less than a minute',
  ticketUpTo: 'up to {n} minutes', ticketUrgent: 'Someone with an urgent case went first.', today: 'today', tomorrow: 'tomorrow', us: 'Support', you: 'You', waiting: 'Waiting for an answer',
  'error.body_too_large': 'That is too long.', 'error.email_invalid': 'That does not look like an email address.', 'error.file_blocked': '{name} cannot be sent: programs are not allowed.',
  'error.connection_lost': 'The connection was lost. Please try again.', 'error.file_empty': '{name} is empty.', 'error.file_too_large': '{name} is too large. The limit is {mb} MB.', 'error.file_unknown': 'A file is no longer there. Attach it again.', 'error.files_off': 'Files cannot be sent here.',
  'error.number_invalid': 'That does not look like a phone number.', 'error.other': 'That did not work. Please try again in a moment.', 'error.text_empty': 'Write a message first.', 'error.text_too_long': '{over} characters too many. The limit is {max}.',
  'error.too_many_files': 'At most {max} files at once.', 'error.too_many_forms': 'That was a lot of messages. Please try again in a few minutes.',
}

const zh: Record<keyof typeof en, string> = {
  byMail: '用邮件回复我', callMe: '请致电给我', callNumber: '电话号码', mailMoved: '我们会用邮件回复您。', callMoved: '我们会致电给您。', placeKept: '您的排队位置已保留，原来何时轮到您，就何时为您处理。',
  rateAsk: '请为本次服务评分', rateDone: '感谢您的评价。', rateWords: '还想补充什么？', star: '{n} 分（满分 5 分）', stay: '继续等待',
  again: '重试', agentHere: '{name}为您服务', agentTyping: '{name}正在输入', attach: '添加文件', attachRemove: '移除 {name}',
  backAt: '{when}恢复服务', chat: '在线咨询', close: '收起', connecting: '正在连接…', delivered: '已送达', earlier: '查看更早的消息',
  ended: '会话已结束，继续输入即可再次咨询。', failed: '未发送', giveUp: '移除',
  formDone: '谢谢。我们会在 {hours} 小时内回复到 {email}。', formEmail: '邮箱', formName: '姓名', formSend: '提交留言', formText: '留言',
  formIntro: '现在是休息时间。请留言，我们会在 {hours} 小时内用邮件回复您。', formMore: '再写一条留言',
  greeting: '您好，请问有什么可以帮您？', here: '在线服务中', joined: '{name}已接入会话', more: '更多',
  closedNoForm: '现在是休息时间。您可以先留言，我们上班后回复您。',
  offline: '正在重新连接，内容不会丢失。', openUntil: '服务至{when}', place: '请输入消息…', placeMore: '补充说明…', read: '已读',
  received: '已收到', refused: '此处无法使用在线咨询。', send: '发送', sending: '发送中…', sent: '已发送', thread: '会话内容',
  ticketAbout: '大约还要 {n} 分钟', ticketKept: '刷新页面或切换标签页，都会为您保留位置。', ticketNext: '马上就轮到您了', ticketNumber: '您正在排队',
  ticketRange: '大约还要 {low} 到 {high} 分钟', ticketRings: '正在为您接通客服', ticketUnit: '位', ticketUnitBefore: '第', ticketSoon: '不到 1 分钟',
  ticketUpTo: '最多还要 {n} 分钟', ticketUrgent: '有紧急情况的客户先接待了', today: '今天', tomorrow: '明天', us: '客服', you: '您', waiting: '等待回复',
  'error.body_too_large': '内容太长了。', 'error.email_invalid': '邮箱格式不正确。', 'error.file_blocked': '{name} 无法发送：不允许发送程序文件。',
  'error.connection_lost': '连接中断，请重试。', 'error.file_empty': '{name} 是空文件。', 'error.file_too_large': '{name} 太大，上限 {mb} MB。', 'error.file_unknown': '有文件已失效，请重新添加。', 'error.files_off': '此处不能发送文件。',
  'error.number_invalid': '电话号码不正确。', 'error.other': '没有成功，请稍后再试。', 'error.text_empty': '请先输入内容。', 'error.text_too_long': '超出 {over} 个字，上限 {max} 个字。',
  'error.too_many_files': '一次最多 {max} 个文件。', 'error.too_many_forms': '留言太频繁了，请过几分钟再试。',
}

export type Key = keyof typeof en
export const tables = { en, zh }
export type Lang = keyof typeof tables

export const langOf = (tag: string): Lang => /^zh/i.test(tag) ? 'zh' : 'en'

export type Say = (key: Key, params?: Record<string, string | number>) => string

export function speaker(lang: Lang): Say {
  return (key, params = {}) => tables[lang][key].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
}
