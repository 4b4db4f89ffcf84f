// The name of a field by its path in a document; what has no name keeps its path.
import { useI18n } from 'vue-i18n'
import { kinds } from './kinds'
import { wordsOf, type Field } from './fields'

const all: Field[] = kinds.flatMap(k => k.form.flatMap(s => s.fields))

export function useFieldName(): (path: string) => string {
  const { t, te } = useI18n()
  return (path) => {
    const f = all.find(x => x.at === path) ?? all.find(x => path.startsWith(`${x.at}.`))
    if (f && te(`settings.field.${wordsOf(f)}`)) return t(`settings.field.${wordsOf(f)}`) + (f.at === path ? '' : ` ${path.slice(f.at.length + 1)}`)
    return te(`settings.field.${path}`) ? t(`settings.field.${path}`) : path
  }
}
