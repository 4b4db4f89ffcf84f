package webui

import (
	"strconv"
	"time"

	"yingda/desk"
)

// Years that may be asked about: what was recorded lies in them, and so does whatever somebody plans. Beyond them is a
// typing mistake, and a moment that a store's milliseconds or a page may not be able to write.
const firstYear, lastYear = 2000, 2100

const monthOnly = "2006-01"

// zoneOf is a time zone by its IANA name. Errors: Invalid "field_wrong".
func zoneOf(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, refuse(desk.Invalid, "field_wrong", "field", "zone")
	}
	return zone, nil
}

// dateIn is the first moment of a day or month, as the layout has it, in a zone; field names it in a refusal.
// Errors: Invalid "field_wrong", "year_range" (field, min, max).
func dateIn(zone *time.Location, layout, text, field string) (time.Time, error) {
	day, err := time.ParseInLocation(layout, text, zone)
	if err != nil {
		return time.Time{}, refuse(desk.Invalid, "field_wrong", "field", field)
	}
	if y := day.Year(); y < firstYear || y > lastYear {
		return time.Time{}, refuse(desk.Invalid, "year_range", "field", field, "min", strconv.Itoa(firstYear), "max", strconv.Itoa(lastYear))
	}
	return day, nil
}

// dayIn is dateIn of a day in a zone by its name.
func dayIn(name, date, field string) (time.Time, error) {
	zone, err := zoneOf(name)
	if err != nil {
		return time.Time{}, err
	}
	return dateIn(zone, time.DateOnly, date, field)
}

// daysIn are the first moments of the first and the last of at most so many days, both counted.
func daysIn(name, from, to string, most int) (first, last time.Time, err error) {
	if first, err = dayIn(name, from, "from"); err != nil {
		return first, last, err
	}
	if last, err = dateIn(first.Location(), time.DateOnly, to, "to"); err != nil {
		return first, last, err
	}
	if last.Before(first) || !last.Before(first.AddDate(0, 0, most)) {
		return first, last, refuse(desk.Invalid, "field_wrong", "field", "to")
	}
	return first, last, nil
}
