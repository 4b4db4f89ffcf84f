// What the socket says.
import type { components } from './schema'

/** Any frame; `n` counts per connection and a hole means something was lost. */
export type Frame = components['schemas']['ServerFrame']
export type FrameOf<K extends Frame['kind']> = Extract<Frame, { kind: K }>
