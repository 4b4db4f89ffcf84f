// A browser and its system, as far as its user agent text tells.

const browsers: [RegExp, string][] = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/MicroMessenger/, '微信'], [/Firefox\//, 'Firefox'], [/Chrom(?:e|ium)\//, 'Chrome'], [/Safari\//, 'Safari']]
const systems: [RegExp, string][] = [[/iPhone|iPad/, 'iOS'], [/HarmonyOS/, 'HarmonyOS'], [/Android/, 'Android'], [/Mac OS X/, 'macOS'], [/Windows/, 'Windows'], [/Linux/, 'Linux']]

export function clientOf(agent: string): { browser: string, system: string } {
  const find = (list: [RegExp, string][]): string => list.find(([r]) => r.test(agent))?.[1] ?? ''
  return { browser: find(browsers), system: find(systems) }
}
