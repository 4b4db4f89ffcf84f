import i18n from '@intlify/eslint-plugin-vue-i18n'
import vue from 'eslint-plugin-vue'
import a11y from 'eslint-plugin-vuejs-accessibility'
import ts from 'typescript-eslint'

// The places of the console may use shared/ and never each other; shell/ is the frame around them all.
const places = ['inbox', 'search', 'trace', 'board', 'settings', 'contacts', 'reviews', 'signin']
const walls = places.map((place) => ({
  files: [`src/console/${place}/**`],
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [{ group: places.filter((p) => p !== place).flatMap((p) => [`**/console/${p}/**`, `../${p}/**`]), message: 'A place may use shared/, never another place.' }],
    }],
  },
}))

export default [
  { ignores: ['dist', 'node_modules', 'src/shared/api/schema.d.ts', 'src/widget/**'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  ...a11y.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    plugins: { '@intlify/vue-i18n': i18n },
    files: ['src/**/*.vue', 'src/**/*.ts'],
    settings: { 'vue-i18n': { localeDir: './src/shared/i18n/*.json', messageSyntaxVersion: '^11.0.0' } },
    rules: {
      '@intlify/vue-i18n/no-missing-keys': 'error',
      '@intlify/vue-i18n/no-raw-text': ['error', { ignorePattern: '^[\\s\\d\\p{P}\\p{S}应]*$', ignoreText: ['Yingda'] }],
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['error', { max: 300 }],
      'no-undef': 'off',
      // Line breaks of templates are ours: dense and readable, not one attribute a line.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      'vue/multi-word-component-names': 'off',
      // Labels stand beside their control by id or around it: either is right.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  { files: ['src/**/*.test.ts'], rules: { 'max-lines': ['error', { max: 500 }] } },
  ...walls,
]
