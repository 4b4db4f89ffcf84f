package webui

// Warning is something that will need a person soon though everything works.
type Warning struct {
	Code   string            `json:"code" enum:"holidays_missing,promises_invalid"`
	Params map[string]string `json:"params" doc:"holidays_missing: calendar (id), name, list, year; promises_invalid: detail"`
}

// warnings make nothing unready: /readyz and the board show them.
func (s *Server) warnings() []Warning {
	if s.Warnings == nil {
		return nil
	}
	return s.Warnings()
}
