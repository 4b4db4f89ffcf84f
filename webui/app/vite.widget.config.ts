// The widget's build: the frame (Preact, in an iframe) and the loader (no framework, one line in the customer's page).
// It runs after the console's, whose output folder it shares, and knows nothing of Vue.
import { fileURLToPath, URL } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  base: '/widget/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist/widget',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { widget: here('./widget.html'), loader: here('./loader.ts') },
      output: {
        // The loader's name is in every customer's page and never changes; the others carry their content's hash.
        entryFileNames: (chunk) => chunk.name === 'loader' ? 'widget.js' : 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
})
