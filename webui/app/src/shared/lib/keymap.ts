// Every key of the console, in one table (UI.md 7). The help page is made from it; handlers are given with useKey.
// Words stand under `keys.action.<id>`, groups under `keys.group.<group>`.

export interface KeySpec {
  /** Lower case: `alt+a`, `mod+enter`, `shift+1`, `j`, or a sequence `g i`. `mod` is ⌘ on Apple systems, else Ctrl. */
  keys: string
  group: 'everywhere' | 'list' | 'conversation' | 'composer' | 'go'
  /** Acts while the caret stands in a field. Single letters never do. */
  inFields?: boolean
  /** One of a row of keys: left out of the help, or standing there for them all. */
  row?: 'first' | 'rest'
}

export const keymap = {
  offerAccept: { keys: 'alt+a', group: 'everywhere', inFields: true },
  offerDecline: { keys: 'alt+d', group: 'everywhere', inFields: true },
  presence: { keys: 'alt+p', group: 'everywhere', inFields: true },
  commands: { keys: 'mod+k', group: 'everywhere', inFields: true },
  search: { keys: '/', group: 'everywhere' },
  newMail: { keys: 'c', group: 'everywhere' },
  undo: { keys: 'mod+z', group: 'everywhere' },
  help: { keys: '?', group: 'everywhere' },
  save: { keys: 'mod+s', group: 'everywhere', inFields: true },

  next: { keys: 'j', group: 'list' },
  previous: { keys: 'k', group: 'list' },
  open: { keys: 'o', group: 'list' },
  filter: { keys: 'f', group: 'list' },
  take: { keys: 'u', group: 'list' },
  select: { keys: 'x', group: 'list' },
  view1: { keys: '1', group: 'list', row: 'first' },
  view2: { keys: '2', group: 'list', row: 'rest' },
  view3: { keys: '3', group: 'list', row: 'rest' },
  view4: { keys: '4', group: 'list', row: 'rest' },
  view5: { keys: '5', group: 'list', row: 'rest' },
  view6: { keys: '6', group: 'list', row: 'rest' },
  view7: { keys: '7', group: 'list', row: 'rest' },
  view8: { keys: '8', group: 'list', row: 'rest' },
  view9: { keys: '9', group: 'list', row: 'rest' },
  rowMenu: { keys: '.', group: 'list' },

  reply: { keys: 'r', group: 'conversation' },
  note: { keys: 'n', group: 'conversation' },
  resolve: { keys: 'e', group: 'conversation' },
  pending: { keys: 'p', group: 'conversation' },
  snooze: { keys: 'z', group: 'conversation' },
  transfer: { keys: 't', group: 'conversation' },
  assign: { keys: 'a', group: 'conversation' },
  urgent: { keys: 'shift+1', group: 'conversation' },
  high: { keys: 'shift+2', group: 'conversation' },
  normal: { keys: 'shift+3', group: 'conversation' },
  low: { keys: 'shift+4', group: 'conversation' },
  merge: { keys: 'm', group: 'conversation' },
  panel: { keys: 'i', group: 'conversation' },
  why: { keys: 'y', group: 'conversation' },

  wall: { keys: 'w', group: 'go' },

  send: { keys: 'mod+enter', group: 'composer', inFields: true },
  sendResolve: { keys: 'mod+shift+enter', group: 'composer', inFields: true },
  nextWriting: { keys: 'alt+arrowdown', group: 'composer', inFields: true },
  previousWriting: { keys: 'alt+arrowup', group: 'composer', inFields: true },

  goInbox: { keys: 'g i', group: 'go' },
  goBoard: { keys: 'g b', group: 'go' },
  goContacts: { keys: 'g c', group: 'go' },
  goSettings: { keys: 'g s', group: 'go' },
} as const satisfies Record<string, KeySpec>

export type KeyId = keyof typeof keymap
