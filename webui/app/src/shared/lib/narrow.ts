// Whether the window is as narrow as a phone's, and which panes are drawers in it (UI.md 6). It stays so: a tablet may be
// turned, a page may be enlarged.
import { readonly, ref, type Ref } from 'vue'

function below(width: number): Readonly<Ref<boolean>> {
  const query = matchMedia(`(max-width: ${width - .02}px)`)
  const now = ref(query.matches)
  query.addEventListener('change', (e) => { now.value = e.matches })
  return readonly(now)
}

export const narrow = below(768)
/** The lists are a drawer. */
export const listsDrawn = below(1024)
/** The customer panel is a drawer. */
export const panelDrawn = below(1360)
