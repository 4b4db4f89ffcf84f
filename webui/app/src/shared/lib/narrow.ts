// Whether the window is as narrow as a phone's (UI.md 6), and stays so: a tablet may be turned.
import { readonly, ref } from 'vue'

const phone = matchMedia('(max-width: 767.98px)')
const now = ref(phone.matches)
phone.addEventListener('change', (e) => { now.value = e.matches })
export const narrow = readonly(now)
