// A glyph by what is in the file.
export function fileIcon(f: { name: string, content_type: string }): string {
  const type = f.content_type, ext = f.name.split('.').at(-1)?.toLowerCase() ?? ''
  if (type.startsWith('image/')) return 'i-lucide-image'
  if (type.startsWith('video/')) return 'i-lucide-film'
  if (type.startsWith('audio/')) return 'i-lucide-file-audio'
  if (['xls', 'xlsx', 'csv', 'ods'].includes(ext)) return 'i-lucide-table'
  if (['zip', 'rar', '7z', 'gz', 'tar'].includes(ext)) return 'i-lucide-file-archive'
  return 'i-lucide-file-text'
}
