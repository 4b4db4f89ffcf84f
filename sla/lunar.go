package sla

import "time"

// LunarDate is a date of the Chinese calendar (农历). Its year is numbered after the Gregorian one in which it begins.
type LunarDate struct {
	Year, Month, Day int
	Leap             bool // the month is the intercalary one (闰月) that follows Month
}

const (
	firstLunar, lastLunar = 1900, 2100
	lunarEpoch            = date(-25537) // 1900-01-31, the first day of 1900
)

// lunarYears has a year in each number: the low four bits are the month that is followed by its intercalary one, 0 for
// none; from bit 4 on, each month in turn, the intercalary one in its place, has 30 days when its bit is set, else 29.
// The dates are those of the Purple Mountain Observatory, which computes by GB/T 33661-2017 and printed the older ones.
var lunarYears = [lastLunar - firstLunar + 1]uint32{
	0x16d28, 0x07520, 0x0ea50, 0x164a5, 0x064b0, 0x0a9b0, 0x15564, 0x056a0, 0x0b590, 0x17522, // 1900
	0x07520, 0x1b256, 0x0b250, 0x0a4b0, 0x14ab5, 0x02ad0, 0x056b0, 0x0b692, 0x0da90, 0x1d927, // 1910
	0x0e920, 0x0d250, 0x1a4d5, 0x0a560, 0x02b60, 0x15b54, 0x06d40, 0x0ea90, 0x1e922, 0x0e920, // 1920
	0x0d266, 0x052b0, 0x0a570, 0x12b65, 0x0b5a0, 0x06d40, 0x0ec93, 0x07490, 0x16937, 0x0a930, // 1930
	0x052b0, 0x0a5b6, 0x0aad0, 0x056a0, 0x1b554, 0x0ba40, 0x0b490, 0x1a932, 0x0a950, 0x152d7, // 1940
	0x05360, 0x0aad0, 0x15aa5, 0x05b20, 0x0da50, 0x1d4a3, 0x0d4a0, 0x0a958, 0x0a970, 0x05560, // 1950
	0x0ab56, 0x0ad50, 0x06d20, 0x0ea54, 0x0ea50, 0x064a0, 0x0c973, 0x0a9b0, 0x155a7, 0x056a0, // 1960
	0x0b690, 0x17525, 0x0b520, 0x0b250, 0x164b4, 0x0a4b0, 0x14ab8, 0x02ad0, 0x056d0, 0x0b696, // 1970
	0x0da90, 0x0d920, 0x1d254, 0x0d250, 0x1a4da, 0x0a560, 0x02b60, 0x05b56, 0x06d50, 0x0ea90, // 1980
	0x1e925, 0x0e920, 0x0d260, 0x0a563, 0x0a570, 0x14d68, 0x035a0, 0x06d50, 0x16c95, 0x07490, // 1990
	0x06930, 0x152b4, 0x052b0, 0x0a5b0, 0x155a2, 0x056a0, 0x1b557, 0x0ba40, 0x0b490, 0x1a935, // 2000
	0x0a950, 0x052d0, 0x0aad4, 0x0ab50, 0x15aa9, 0x05d20, 0x0da50, 0x1d4a6, 0x0d4a0, 0x0c950, // 2010
	0x152e4, 0x05560, 0x0ab50, 0x15b22, 0x06d20, 0x0ea56, 0x07250, 0x064b0, 0x0c975, 0x0cab0, // 2020
	0x055a0, 0x0ad63, 0x0b690, 0x1752b, 0x0b520, 0x0b250, 0x1a4b6, 0x0a4b0, 0x04ab0, 0x055b5, // 2030
	0x05ad0, 0x0b6a0, 0x1b522, 0x0d920, 0x1d257, 0x0d250, 0x0a550, 0x14ad5, 0x04b60, 0x05b50, // 2040
	0x0daa3, 0x0ec90, 0x1e928, 0x0e920, 0x0d260, 0x0a566, 0x0a570, 0x04d60, 0x06d54, 0x07550, // 2050
	0x07490, 0x0e933, 0x06930, 0x152b7, 0x052b0, 0x0a5b0, 0x155a5, 0x056a0, 0x0b650, 0x174a4, // 2060
	0x0b4a0, 0x1a958, 0x0a950, 0x052d0, 0x0aad6, 0x0ab50, 0x05aa0, 0x0ba54, 0x0da50, 0x0d4a0, // 2070
	0x1c953, 0x0c960, 0x194e7, 0x05560, 0x0ab50, 0x15b25, 0x06d20, 0x0ea50, 0x0e4a4, 0x068b0, // 2080
	0x0c978, 0x04ab0, 0x055b0, 0x0ad66, 0x0b6a0, 0x07520, 0x17254, 0x0b450, 0x0a8b0, 0x149b2, // 2090
	0x04ab0, // 2100
}

func lunarMonths(y uint32) int {
	if y&15 > 0 {
		return 13
	}
	return 12
}

func lunarDays(y uint32, index int) date { return 29 + date(y>>(4+index)&1) }

// ToLunar is the lunar date of a day of the Gregorian calendar; false before 31 January 1900 and after lunar 2100.
func ToLunar(year int, month time.Month, day int) (LunarDate, bool) {
	left := dateOf(year, month, day) - lunarEpoch
	if left < 0 {
		return LunarDate{}, false
	}
	for i, y := range lunarYears {
		for m := range lunarMonths(y) {
			days := lunarDays(y, m)
			if left >= days {
				left -= days
				continue
			}
			leap := int(y & 15)
			l := LunarDate{Year: firstLunar + i, Month: m + 1, Day: int(left) + 1}
			if leap > 0 && m >= leap {
				l.Month, l.Leap = m, m == leap
			}
			return l, true
		}
	}
	return LunarDate{}, false
}

// Solar is the day of the Gregorian calendar; false when there is no such lunar date from 1900 to 2100.
func (l LunarDate) Solar() (year int, month time.Month, day int, ok bool) {
	if l.Year < firstLunar || l.Year > lastLunar || l.Month < 1 || l.Month > 12 || l.Day < 1 {
		return 0, 0, 0, false
	}
	y := lunarYears[l.Year-firstLunar]
	leap := int(y & 15)
	if l.Leap && leap != l.Month {
		return 0, 0, 0, false
	}
	index := l.Month - 1
	if l.Leap || leap > 0 && l.Month > leap {
		index++
	}
	if date(l.Day) > lunarDays(y, index) {
		return 0, 0, 0, false
	}
	d := lunarEpoch + date(l.Day) - 1
	for _, before := range lunarYears[:l.Year-firstLunar] {
		for m := range lunarMonths(before) {
			d += lunarDays(before, m)
		}
	}
	for m := range index {
		d += lunarDays(y, m)
	}
	year, month, day = time.Unix(d.wall(), 0).UTC().Date()
	return year, month, day, true
}
