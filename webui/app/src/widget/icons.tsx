// Lucide's paths (ISC), the few this page draws.
const paths = {
  send: 'M12 19V5m-7 7 7-7 7 7',
  clip: 'm16 6-8.414 8.586a2 2 0 0 0 2.829 2.829l8.414-8.586a4 4 0 1 0-5.657-5.657l-8.379 8.551a6 6 0 1 0 8.485 8.485l8.379-8.551',
  down: 'm6 9 6 6 6-6',
  file: 'M14 2H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V8zM14 2v6h6',
  x: 'M18 6 6 18M6 6l12 12',
  tick: 'M20 6 9 17l-5-5',
  ticks: 'M18 6 7 17l-5-5M22 10l-7.500 7.500L13 16',
  alert: 'M12 9v4m0 4h.01M10.300 3.900 1.800 18a2 2 0 0 0 1.700 3h17a2 2 0 0 0 1.700-3L13.700 3.900a2 2 0 0 0-3.400 0Z',
}

export function Icon({ name, size = 16 }: { name: keyof typeof paths, size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}
