// The console's build. The widget frame and its loader have their own: vite.widget.config.ts, so that Preact and Vue
// never meet in one graph.
import { fileURLToPath, URL } from 'node:url'
import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// The Go server the development server asks; started by hand with `yingda demo`.
const backend = process.env['YINGDA_BACKEND'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [
    vue(),
    ui({
      dts: false,
      colorMode: false,
      icon: { clientBundle: { scan: { globInclude: ['src/console/**/*.{vue,ts}', 'src/shared/**/*.{vue,ts}'], globExclude: ['**/*.test.ts'] }, sizeLimitKb: 256 } },
      ui: {
        colors: { primary: 'dian', secondary: 'dian', success: 'song', warning: 'hupo', error: 'zhu', info: 'dian', neutral: 'ink' as 'slate' },
        button: { slots: { base: 'font-medium' }, defaultVariants: { size: 'sm', color: 'neutral', variant: 'outline' } },
        input: { defaultVariants: { size: 'sm', variant: 'outline' } },
        textarea: { defaultVariants: { size: 'sm', variant: 'outline' } },
        select: { defaultVariants: { size: 'sm', variant: 'outline' } },
        selectMenu: { defaultVariants: { size: 'sm', variant: 'outline' } },
        inputMenu: { defaultVariants: { size: 'sm', variant: 'outline' } },
        switch: { slots: { base: 'data-[state=unchecked]:bg-(--border-strong)' }, defaultVariants: { size: 'sm' } }, // off is seen, too
        formField: { defaultVariants: { size: 'sm' } },
        dropdownMenu: { defaultVariants: { size: 'sm' } },
        modal: { slots: { overlay: 'bg-(--scrim)' } },
        kbd: { variants: { size: { sm: 'text-[11px]' } } },
        toaster: { compoundVariants: [{ position: ['top-left', 'top-center', 'top-right'], class: { viewport: 'top-24' } }] }, // below a page's bars: the way back stays free
        tooltip: { slots: { content: 'text-xs' } },
      },
    }),
  ],
  resolve: {
    alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) },
    dedupe: ['@tiptap/core', '@tiptap/pm', 'vue'],
  },
  define: { __VUE_I18N_LEGACY_API__: false, __VUE_I18N_FULL_INSTALL__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
  server: {
    proxy: {
      '/api': { target: backend, ws: true },
      '/widget': { target: backend, ws: true },
    },
  },
})
