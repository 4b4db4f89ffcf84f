// Sets language and theme before the first paint, so that nothing flashes. A file of its own because scripts in the
// page are refused by its Content-Security-Policy. It says what shared/lib/theme.ts and shared/i18n say.
(function () {
  var root = document.documentElement
  var get = function (k) { try { return localStorage.getItem(k) } catch (e) { return null } }
  var theme = get('yingda.theme') || 'system'
  var contrast = get('yingda.contrast') || 'system'
  var dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  var more = contrast === 'more' || (contrast === 'system' && matchMedia('(prefers-contrast: more)').matches)
  root.dataset.theme = dark ? 'dark' : 'light'
  root.classList.toggle('dark', dark)
  if (more) root.dataset.contrast = 'more'
  var locale = get('yingda.locale') || (/^zh/i.test(navigator.language) ? 'zh-CN' : 'en')
  root.lang = locale
})()
