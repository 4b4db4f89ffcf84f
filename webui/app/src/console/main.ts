import { addAPIProvider } from '@iconify/vue'
import ui from '@nuxt/ui/vue-plugin'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { firstLocale, i18n, loadFallback, setLocale } from '@/shared/i18n'
import { startKeys } from '@/shared/lib/keys'
import { startTheme } from '@/shared/lib/theme'
import '@/shared/styles/main.css'
import App from './App.vue'
import { makeRouter } from './router'

// Icons are in the build; one that is not is a mistake, not a reason to ask another origin.
addAPIProvider('', { resources: [] })
startTheme()
startKeys()
const locale = firstLocale()
await loadFallback()
await setLocale(locale)
createApp(App).use(createPinia()).use(i18n).use(makeRouter()).use(ui).mount('#app')
