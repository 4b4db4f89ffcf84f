package store

import (
	"strings"
	"testing"

	"yingda/desk"
)

// The SQL of what a service level counts names the targets that desk calls responses.
func TestResponsesAreThoseOfTheDesk(t *testing.T) {
	t.Parallel()
	for _, target := range []desk.Target{
		desk.Answer, desk.FirstResponse, desk.NextResponse, desk.Callback, desk.Resolution, desk.RequesterWait, desk.AgentWork, desk.Update, desk.Group,
	} {
		k := desk.Clock{Target: target}
		if got := strings.Contains(responses, "'"+string(target)+"'"); got != k.Counts() {
			t.Errorf("%s: got %t, want %t", target, got, k.Counts())
		}
	}
	if !strings.Contains(responses, "'"+string(desk.WaiverHolds)+"'") {
		t.Errorf("got %s, want waived ones left out", responses)
	}
}
