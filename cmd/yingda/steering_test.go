package main

import (
	"context"
	"testing"

	"yingda/desk"
	"yingda/router"
)

// planOf is the plan of the one conversation there is, by the record.
func (h *house) planOf() *desk.Plan {
	h.Helper()
	rows, err := h.node.db.OpenRows(h.Context(), "", 10)
	if err != nil {
		h.Fatal(err)
	}
	if len(rows) != 1 {
		return nil
	}
	return rows[0].Plan
}

// named is a policy of one rule that fits everything.
func named(rule string) router.Routing {
	return router.Routing{ID: "support", Rules: []router.RoutingRule{{Name: rule}}}
}

// A policy that the first start brings is in force for the first customer. One that was published while the node stood
// still, or just before it fell, counts for what waited all along.
func TestPoliciesCountFromTheStart(t *testing.T) {
	t.Parallel()
	c := openHouse(t, with(desk.SettingRouting, "support", named("first")))
	c.EmailArrives("wu@customer.test", "Grinder", "It does not grind.")
	until(c, "the mail waits by the policy", func() bool { p := c.planOf(); return p != nil && p.Rule == "first" })
	c.Closes()

	n, err := openNode(c.Context(), c.cfg, quietLog())
	if err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.db.Run(ctx) }()
	set := document(desk.SettingRouting, "support", named("second"))
	set.Version = 1
	if _, err := n.desk.SaveSetting(ctx, desk.System(), set); err != nil {
		c.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		c.Error(err)
	}
	n.close()

	c.Opens()
	until(c, "it is asked about again", func() bool { p := c.planOf(); return p != nil && p.Rule == "second" && p.Version == 2 })
}
