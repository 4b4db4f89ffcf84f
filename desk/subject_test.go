package desk_test

import (
	"testing"

	"yingda/desk"
)

func TestSubjects(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]string{
		"Order": "Re: Order", "": "", "  ": "  ", "Re: Order": "Re: Order", "RE：订单": "RE：订单", "回复：订单": "回复：订单", "回复(3)：订单": "回复(3)：订单",
		"答复: 订单": "答复: 订单", "回覆: 訂單": "回覆: 訂單", "AW: Auftrag": "AW: Auftrag", "Sv: Ordre": "Sv: Ordre", "Re[2]: Order": "Re[2]: Order", "Antw: Order": "Antw: Order",
		"Retour: Order": "Re: Retour: Order", "回复慢怎么办": "Re: 回复慢怎么办", "Fwd: Order": "Re: Fwd: Order", "Regarding 2: x": "Re: Regarding 2: x", "R 12: x": "Re: R 12: x",
	} {
		if got := desk.AnswerTo(subject); got != want {
			t.Errorf("answer to %q: got %q, want %q", subject, got, want)
		}
	}
	for subject, want := range map[string]bool{
		"Fwd: Order": true, "[Fwd: Order]": true, "FW：订单": true, "转发：订单": true, "轉寄: 訂單": true, "WG: Auftrag": true, "Fwd[2]: Order": true,
		"Forward pass: how": false, "转发慢": false, "Re: Fwd: Order": false, "": false,
	} {
		if got := desk.IsForward(subject); got != want {
			t.Errorf("forward %q: got %v, want %v", subject, got, want)
		}
	}
}
