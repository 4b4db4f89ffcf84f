import { useRef, useState } from 'preact/hooks'
import type { Problem, Settings, Uploaded } from './frames'
import type { Live } from './live'
import type { Model } from './model'
import type { Say } from './words'
import { Icon } from './icons'
import { newID } from './store'
import { bytes, problem } from './Thread'

interface Attached { id: string, name: string, size: number, part: number, up?: Uploaded, failed?: Problem, stop: () => void }

/** Where the visitor writes. What is written stays while the line is away; files go up as they are chosen. */
export function Composer({ live, model, settings, say }: { live: Live, model: Model, settings: Settings, say: Say }) {
  const [text, setText] = useState('')
  const [files, setFiles] = useState<Attached[]>([])
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const over = [...text].length - settings.limits.text
  const uploading = files.some(f => !f.up && !f.failed)
  const ready = over <= 0 && !uploading && (text.trim() !== '' || files.some(f => f.up))

  const grow = (el: HTMLTextAreaElement) => {
    el.style.height = 'auto'
    el.style.height = `${Math.min(el.scrollHeight, 140)}px`
  }
  const send = () => {
    if (!ready) return
    live.send(text.trim(), files.flatMap(f => f.up ? [f.up] : []))
    setText('')
    setFiles([])
    if (area.current) {
      area.current.value = ''
      grow(area.current)
      area.current.focus()
    }
  }
  const edit = (id: string, change: Partial<Attached>) => setFiles(list => list.map(f => f.id === id ? { ...f, ...change } : f))
  const add = (list: Iterable<File>) => {
    for (const file of [...list].slice(0, settings.limits.files - files.length)) {
      const id = newID()
      const item: Attached = { id, name: file.name, size: file.size, part: 0, stop: () => {} }
      if (file.size > settings.limits.file) {
        item.failed = { code: 'too_large', reason: 'file_too_large', params: { name: file.name, max: String(settings.limits.file) } }
      } else {
        const up = live.upload(file, part => edit(id, { part }))
        item.stop = up.stop
        up.done.then(got => edit(id, { up: got }), (failed: Problem) => edit(id, { failed }))
      }
      setFiles(now => [...now, item])
    }
  }
  const canFiles = !settings.limits.no_files
  return (
    <div class="foot" onDragOver={e => canFiles && e.preventDefault()} onDrop={(e) => { if (canFiles && e.dataTransfer?.files.length) { e.preventDefault(); add(e.dataTransfer.files) } }}>
      {files.map(f => (
        <div class={`up${f.failed ? ' bad' : ''}`} key={f.id} role={f.failed ? 'alert' : undefined}>
          <Icon name={f.failed ? 'alert' : 'file'} />
          <span class="cut">{f.failed ? problem(f.failed, say) : f.name}</span>
          {!f.failed && (f.up ? <small>{bytes(f.size)}</small> : <progress max={1} value={f.part} aria-label={f.name} />)}
          <button class="icon" aria-label={say('attachRemove', { name: f.name })} onClick={() => { f.stop(); setFiles(l => l.filter(x => x.id !== f.id)) }}><Icon name="x" /></button>
        </div>
      ))}
      {over > 0 && <p class="bad" role="alert">{say('error.text_too_long', { over, max: settings.limits.text })}</p>}
      <div class="write">
        <textarea ref={area} rows={1} aria-label={say('place')} placeholder={say(model.queue ? 'placeMore' : 'place')} aria-invalid={over > 0} dir="auto"
          onInput={(e) => { setText(e.currentTarget.value); grow(e.currentTarget); if (e.currentTarget.value) live.typing() }}
          onKeyDown={(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.keyCode !== 229) { e.preventDefault(); send() } }}
          onPaste={(e) => { if (canFiles && e.clipboardData?.files.length) { e.preventDefault(); add(e.clipboardData.files) } }} />
        {canFiles && (
          <>
            <input ref={picker} type="file" multiple hidden tabIndex={-1} aria-hidden="true" onChange={(e) => { add(e.currentTarget.files ?? []); e.currentTarget.value = '' }} />
            <button class="icon" aria-label={say('attach')} title={say('attach')} onClick={() => picker.current?.click()}><Icon name="clip" /></button>
          </>
        )}
        <button class="icon go" aria-label={say('send')} title={say('send')} aria-disabled={!ready} onClick={send}><Icon name="send" /></button>
      </div>
    </div>
  )
}
