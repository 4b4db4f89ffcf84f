package router

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
	"yingda/internal/testkit"
)

func TestArrivalIsOfferedAtOnceAndHeldWhenAccepted(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		l.queue(chat("c1", "help", 60))
		o := rm.ringing("ann")
		if o.Conversation != "c1" {
			t.Fatalf("got an offer of %s, want c1", o.Conversation)
		}
		if pos, ok := rm.Position("c1"); !ok || pos != 0 {
			t.Errorf("position: got %d %t, want 0 true while it rings", pos, ok)
		}
		if _, err := rm.Accept(context.Background(), o.ID, "bob"); !errors.Is(err, ErrOfferGone) {
			t.Errorf("another's accept: got %v, want offer_gone", err)
		}
		for range 2 { // twice is once
			if _, err := rm.Accept(context.Background(), o.ID, "ann"); err != nil && !errors.Is(err, ErrOfferGone) {
				t.Fatalf("accept: %v", err)
			}
		}
		if got := l.ownerOf("c1"); got != "ann" {
			t.Fatalf("owner: got %q, want ann", got)
		}
		eventually(t, "held in redis", func() bool {
			return rm.rdb.HGet(context.Background(), rm.keys.held("ann"), "c1").Val() == "chat:30"
		})
		why := factsOf[desk.Offered](l)[0].Why
		if len(why) == 0 || why[0].Rule != "rank" {
			t.Errorf("why: got %v, want the parts of the score", why)
		}
	})
}

// UP-R1: a freed place goes at once to the highest ranked of what waits, never to a newer equal one.
func TestFreedSeatGetsTheOldestOfHighestRank(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		s := agent("ann", "help")
		s.Maximum = map[desk.Medium]int{desk.Chat: 1}
		l.sit(s)
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		l.queue(chat("first", "help", 10))
		if _, err := rm.Accept(context.Background(), rm.ringing("ann").ID, "ann"); err != nil {
			t.Fatal(err)
		}
		for i := range 10 { // two with the best rank: c3 is older than c7
			w := chat(conv(i), "help", 1000+i)
			w.Since = dawn.Add(time.Duration(i) * time.Second)
			if i == 3 || i == 7 {
				w.DueAt = dawn.Add(500 * time.Second)
			}
			l.queue(w)
		}
		eventually(t, "all ten waiting", func() bool { return rm.Board()[0].Waiting == 10 })
		if pos, _ := rm.Position("c7"); pos != 2 {
			t.Errorf("position of c7: got %d, want 2", pos)
		}
		began := time.Now()
		l.release("first", "resolved", false)
		o := rm.ringing("ann")
		if o.Conversation != "c3" {
			t.Errorf("got %s, want c3", o.Conversation)
		}
		if took := time.Since(began); took > slack(2*time.Second) {
			t.Errorf("offered after %s, want at once", took)
		}
	})
}

// UP-R2: 50 callers and 10 clickers race for 100 conversations; each has one owner, nobody is over capacity.
func TestRacesLeaveOneOwnerEach(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		for i := range 10 {
			s := agent(fmt.Sprint("a", i), "help")
			s.Capacity = 10 * 30
			l.sit(s)
		}
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		for i := range 100 {
			l.queue(chat(conv(i), "help", i))
		}
		var wg sync.WaitGroup
		var won atomic.Int64
		ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
		defer cancel()
		for i := range 50 {
			wg.Go(func() {
				a := desk.AgentID(fmt.Sprint("a", i%10))
				tick := time.NewTicker(time.Millisecond) // who asks without a pause keeps the router from a busy core
				defer tick.Stop()
				for ; ctx.Err() == nil && l.owned() < 100; <-tick.C {
					offers, _ := rm.Offers(ctx, a)
					for _, o := range offers {
						if _, err := rm.Accept(ctx, o.ID, a); err == nil {
							won.Add(1)
						}
					}
				}
			})
		}
		for i := range 10 {
			wg.Go(func() {
				a := desk.AgentID(fmt.Sprint("a", i))
				for j := range 100 {
					_, err := rm.Take(ctx, desk.ConversationID(conv((j*7+i)%100)), a, desk.AgentActor(a, desk.RoleAgent), false)
					if c := desk.CodeOf(err); err != nil && c != desk.Conflict {
						t.Errorf("take: got %v, want a conflict", err)
					}
				}
			})
		}
		wg.Wait()
		if got := l.owned(); got != 100 {
			t.Fatalf("owned: got %d, want 100", got)
		}
		if l.assigns != 100 {
			t.Errorf("assignments: got %d, want 100", l.assigns)
		}
		load := map[desk.AgentID]int{}
		for c, a := range l.owner {
			load[a] += l.held[c].Weight
		}
		for a, n := range load {
			if n > 300 {
				t.Errorf("%s: got load %d, want at most 300", a, n)
			}
		}
	})
}

func TestDeclinedWorkKeepsItsPlaceAndGoesToAnother(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		l.queue(work("c1", "help", desk.Voice, 100, 60))
		o := rm.ringing("ann")
		if err := rm.Decline(context.Background(), o.ID, "ann", ""); desk.ReasonOf(err) != "reason_missing" {
			t.Errorf("without a reason: got %v", err)
		}
		if err := rm.Decline(context.Background(), o.ID, "ann", "lunch"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "waiting again", func() bool { pos, ok := rm.Position("c1"); return ok && pos == 1 })
		score := rm.rdb.ZScore(context.Background(), rm.keys.waiting("help"), "c1").Val()
		if want := float64(dawn.Add(time.Minute).UnixMilli()); score != want {
			t.Errorf("score: got %v, want %v", score, want)
		}
		if why := rm.WhyNot("c1"); len(why) != 1 || why[0].Reason != "declined" {
			t.Errorf("why not ann: got %v, want declined", why)
		}
		l.sit(agent("bob", "help"))
		rm.house.mu.Lock()
		rm.house.agents["bob"] = desk.Agent{ID: "bob", Queues: []desk.QueueID{"help"}}
		rm.house.mu.Unlock()
		l.mu.Lock()
		l.append("bob", desk.AboutSetting, desk.SettingChanged{Setting: desk.SettingAgent, ID: "bob"})
		l.append("bob", desk.AboutAgent, desk.PresenceChanged{To: desk.Presence{Agent: "bob", State: desk.Available}})
		l.mu.Unlock()
		if got := rm.ringing("bob"); got.Conversation != "c1" {
			t.Errorf("bob: got %s, want c1", got.Conversation)
		}
	})
}

// UP-R7: an offer nobody answers moves on, and two in a row make the agent "not responding".
func TestMissedOffersMoveOnAndSetTheAgentAside(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		cfg := fast()
		cfg.Again = 100 * time.Millisecond
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help", Ring: 1}), newLatch(), cfg).start()
		l.queue(chat("c1", "help", 60))
		rm.ringing("ann")
		eventually(t, "not responding", func() bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.seats["ann"].Presence.State == desk.NotResponding
		})
		if got := len(factsOf[desk.OfferExpired](l)); got != 2 {
			t.Errorf("expired offers: got %d, want 2", got)
		}
		if pos, ok := rm.Position("c1"); !ok || pos != 1 {
			t.Errorf("position: got %d %t, want 1", pos, ok)
		}
	})
}

func TestAutoAcceptTakesTheOfferForTheAgent(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		h := newHouse(desk.Queue{ID: "help", AutoAccept: []desk.Medium{desk.Email}})
		rm := open(t, addr, l, h, newLatch(), fast()).start()
		for i := range 12 {
			l.queue(mail(conv(i), "help", i))
		}
		eventually(t, "ten mails held", func() bool { return l.owned() == 10 })
		for i := range 10 {
			if got := l.ownerOf(desk.ConversationID(conv(i))); got != "ann" {
				t.Errorf("c%d: got owner %q, want ann", i, got)
			}
		}
		eventually(t, "two waiting, none on offer", func() bool {
			b := rm.Board()[0]
			return b.Waiting == 2 && b.OnOffer == 0
		})
	})
}

// UP-R4: what rings at somebody who leaves goes back with its original place.
func TestLeavingTakesBackWhatRings(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		l.queue(chat("c1", "help", 60))
		o := rm.ringing("ann")
		_ = l.SetPresence(context.Background(), desk.System(), desk.Mode{Agent: "ann", State: desk.Away})
		eventually(t, "waiting again", func() bool { pos, ok := rm.Position("c1"); return ok && pos == 1 })
		eventually(t, "withdrawn is recorded", func() bool { return len(factsOf[desk.OfferWithdrawn](l)) == 1 })
		eventually(t, "withdrawn in redis", func() bool { return rm.rdb.HLen(context.Background(), rm.keys.offered()).Val() == 0 })
		if _, err := rm.Accept(context.Background(), o.ID, "ann"); !errors.Is(err, ErrOfferGone) {
			t.Errorf("accept after leaving: got %v, want offer_gone", err)
		}
		_ = l.SetPresence(context.Background(), desk.System(), desk.Mode{Agent: "ann", State: desk.Available})
		if got := rm.ringing("ann"); got.Conversation != "c1" || got.ID == o.ID {
			t.Errorf("back again: got %+v, want a new offer of c1", got)
		}
	})
}

func TestTakeByHand(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		ann := agent("ann", "help")
		ann.Presence = desk.Presence{Agent: "ann", State: desk.Away}
		l.sit(ann)
		l.sit(agent("bob", "other"))
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		for i := range 5 {
			l.queue(chat(conv(i), "help", i))
		}
		ctx := context.Background()
		me, boss := desk.AgentActor("ann", desk.RoleAgent), desk.AgentActor("eve", desk.RoleSupervisor)
		eventually(t, "waiting", func() bool { return rm.Board()[0].Waiting == 5 })
		if _, err := rm.Take(ctx, "c0", "bob", me, false); desk.ReasonOf(err) != "not_yours" {
			t.Errorf("for another: got %v, want not_yours", err)
		}
		if _, err := rm.Take(ctx, "c0", "ann", me, true); desk.ReasonOf(err) != "supervisors_only" {
			t.Errorf("forced by an agent: got %v, want supervisors_only", err)
		}
		for i := range 3 {
			if _, err := rm.Take(ctx, desk.ConversationID(conv(i)), "ann", me, false); err != nil {
				t.Fatalf("take c%d: %v", i, err)
			}
		}
		if _, err := rm.Take(ctx, "c3", "ann", me, false); desk.ReasonOf(err) != "full" {
			t.Errorf("a fourth chat: got %v, want full", err)
		}
		if _, err := rm.Take(ctx, "c3", "ann", boss, true); err != nil {
			t.Errorf("a supervisor's word: %v", err)
		}
		if _, err := rm.Take(ctx, "c3", "bob", boss, false); !errors.Is(err, ErrNotWaiting) && desk.CodeOf(err) != desk.Conflict {
			t.Errorf("taken already: got %v, want a conflict", err)
		}
		if got := l.owned(); got != 4 {
			t.Errorf("owned: got %d, want 4", got)
		}
	})
}

// whenGone does something at the first answer of Redis that a conversation does not wait.
type whenGone struct {
	once sync.Once
	then func()
}

func (*whenGone) DialHook(next redis.DialHook) redis.DialHook { return next }
func (*whenGone) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (g *whenGone) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if c, ok := cmd.(*redis.Cmd); ok && c.Val() == saidGone {
			g.once.Do(g.then)
		}
		return err
	}
}

// Who takes what has just arrived gets it: between the mirror's hearing of it and Redis' nobody is told that it does not wait.
func TestTakeBeforeRedisHasIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		ann := agent("ann", "help")
		ann.Presence = desk.Presence{Agent: "ann", State: desk.Away}
		l.sit(ann)
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		l.queue(chat("c0", "help", 0))
		ctx, list := context.Background(), rm.keys.waiting("help")
		eventually(t, "Redis has it", func() bool { return rm.rdb.ZCard(ctx, list).Val() == 1 })
		rm.turn.Lock() // as it is while a fact is taken in
		was := rm.rdb.ZRangeWithScores(ctx, list, 0, 0).Val()
		rm.rdb.ZRem(ctx, list, "c0")
		gone := false
		rm.rdb.AddHook(&whenGone{then: func() {
			gone = true
			rm.rdb.ZAdd(ctx, list, was...)
			rm.turn.Unlock()
		}})
		if _, err := rm.Take(ctx, "c0", "ann", desk.AgentActor("ann", desk.RoleAgent), false); err != nil || !gone {
			t.Errorf("take: got %v, asked before Redis had it %t; want it taken", err, gone)
		}
	})
}

// UP-A2, UP-A3: Redis is emptied under us, then dies and comes back empty; work goes on in rank order within 5 s.
func TestRedisLossIsRebuiltInOrder(t *testing.T) {
	t.Parallel()
	server := testkit.NewRedis(t)
	l := newLedger()
	s := agent("ann", "help")
	s.Maximum = map[desk.Medium]int{desk.Chat: 1}
	l.sit(s)
	rm := open(t, server.Addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
	for i := range 20 {
		l.queue(chat(conv(i), "help", 100-i)) // the newest is due first
	}
	ctx := context.Background()
	eventually(t, "all in", func() bool { return rm.Board()[0].Waiting == 19 })
	first := rm.ringing("ann")

	if err := rm.rdb.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the list is back", func() bool { return rm.rdb.ZCard(ctx, rm.keys.waiting("help")).Val() == 19 })
	if _, err := rm.Accept(ctx, first.ID, "ann"); err != nil {
		t.Errorf("an offer that rang before: got %v, want it accepted", err)
	}

	server.Stop()
	l.queue(chat("late", "help", 1)) // intake goes on
	_, err := rm.Take(ctx, "c1", "ann", desk.AgentActor("ann", desk.RoleAgent), false)
	if desk.ReasonOf(err) != "router_down" || desk.CodeOf(err) != desk.Unavailable {
		t.Errorf("while redis is down: got %v, want router_down", err)
	}
	l.release(first.Conversation, "resolved", false)
	eventually(t, "the mirror goes on", func() bool { pos, ok := rm.Position("late"); return ok && pos == 1 })
	began := time.Now()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if got := rm.ringing("ann"); got.Conversation != "late" {
		t.Errorf("first after the outage: got %s, want late", got.Conversation)
	}
	if took := time.Since(began); took > slack(5*time.Second) {
		t.Errorf("routing resumed after %s, want 5 s at most", took)
	}
	want := rm.rdb.ZRange(ctx, rm.keys.waiting("help"), 0, -1).Val()
	for i := range want {
		if pos, _ := rm.Position(desk.ConversationID(want[i])); pos != i+1 {
			t.Fatalf("order: %s is %d in redis and %d in memory", want[i], i+1, pos)
		}
	}
}

// A leader that was replaced is refused by its number, and steps back.
func TestTwoLeadersForAMoment(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		h := newHouse(desk.Queue{ID: "help"})
		a := open(t, addr, l, h, newLatch(), fast()).start()
		l.queue(chat("c1", "help", 1))
		a.ringing("ann")
		b := open(t, addr, l, h, newLatch(), fast()).start() // its own lease: both believe they lead
		for i := 2; i < 40; i++ {
			l.queue(mail(conv(i), "help", i))
		}
		eventually(t, "seven mails beside the chat", func() bool {
			offers, _ := b.Offers(context.Background(), "ann")
			return len(offers) == 8
		})
		var open map[desk.ConversationID]int
		eventually(t, "each open offer can be read", func() bool { // one may end between the two reads
			open = map[desk.ConversationID]int{}
			for _, v := range b.rdb.HVals(context.Background(), b.keys.offered()).Val() {
				o, ok, err := b.offer(context.Background(), desk.OfferID(v))
				if err != nil || !ok {
					return false
				}
				open[o.Conversation]++
			}
			return true
		})
		for c, n := range open {
			if n != 1 {
				t.Errorf("%s: got %d offers, want 1", c, n)
			}
		}
	})
}

func TestReplayedFactsChangeNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		for i := range 10 {
			l.queue(chat(conv(i), "help", i))
		}
		for range 3 {
			if _, err := rm.Accept(context.Background(), rm.ringing("ann").ID, "ann"); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "three held", func() bool {
			return rm.rdb.HLen(context.Background(), rm.keys.offered()).Val() == 0 && rm.Board()[0].Waiting == 7 &&
				rm.rdb.HLen(context.Background(), rm.keys.held("ann")).Val() == 3
		})
		before := dump(t, rm)
		l.mu.Lock()
		facts := l.facts
		l.mu.Unlock()
		for _, e := range facts {
			if err := rm.Listen(context.Background(), e); err != nil {
				t.Fatal(err)
			}
		}
		if after := dump(t, rm); after != before {
			t.Errorf("after a replay: got\n%s\nwant\n%s", after, before)
		}
		// The scripts refuse by themselves, should memory forget.
		rm.turn.Lock()
		said, err := rm.keys.enqueueCall(chat("c0", "help", 0), "help", "").run(context.Background(), rm.rdb, rm.epoch, 1)
		rm.turn.Unlock()
		if err != nil || said != saidPassed {
			t.Errorf("a fact already passed: got %q %v, want passed", said, err)
		}
	})
}

func dump(t *testing.T, rm *room) string {
	t.Helper()
	ctx := context.Background()
	return fmt.Sprint(rm.rdb.ZRangeWithScores(ctx, rm.keys.waiting("help"), 0, -1).Val(), rm.rdb.HGetAll(ctx, rm.keys.offered()).Val(),
		rm.rdb.HGetAll(ctx, rm.keys.held("ann")).Val(), rm.rdb.Get(ctx, rm.keys.seq()).Val())
}

func TestTheDeskCannotRecord(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), fast()).start()
		l.queue(chat("c1", "help", 60))
		o := rm.ringing("ann")
		eventually(t, "recorded", func() bool { return len(factsOf[desk.Offered](l)) == 1 })
		l.mu.Lock()
		l.sick = desk.Refuse(desk.Unavailable, "store_down")
		l.mu.Unlock()
		if _, err := rm.Accept(context.Background(), o.ID, "ann"); desk.ReasonOf(err) != "store_down" {
			t.Fatalf("accept: got %v, want store_down", err)
		}
		if got := rm.rdb.HLen(context.Background(), rm.keys.held("ann")).Val(); got != 0 {
			t.Errorf("reserved after a refusal: got %d, want 0", got)
		}
		l.mu.Lock()
		l.sick = nil
		l.mu.Unlock()
		if got := rm.rdb.ZCard(context.Background(), rm.keys.waiting("help")).Val(); got != 1 {
			t.Errorf("waiting again: got %d, want 1", got)
		}
	})
}

// UP-R6, UP-R9: what Redis lost or made up is mended, what the record says stands.
func TestSweeperMendsRedis(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		cfg := fast()
		cfg.Sweep = 300 * time.Millisecond
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help"}), newLatch(), cfg).start()
		for i := range 6 {
			l.queue(chat(conv(i), "help", i))
		}
		ctx := context.Background()
		rm.ringing("ann")
		eventually(t, "three wait", func() bool { return rm.rdb.ZCard(ctx, rm.keys.waiting("help")).Val() == 3 })
		rm.rdb.ZRem(ctx, rm.keys.waiting("help"), "c4")
		rm.rdb.ZAdd(ctx, rm.keys.waiting("help"), zed("ghost"))
		rm.rdb.HSet(ctx, rm.keys.held("ann"), "zombie", "chat:30")
		eventually(t, "mended", func() bool {
			return rm.rdb.ZScore(ctx, rm.keys.waiting("help"), "c4").Err() == nil &&
				rm.rdb.ZScore(ctx, rm.keys.waiting("help"), "ghost").Err() != nil &&
				!rm.rdb.HExists(ctx, rm.keys.held("ann"), "zombie").Val()
		})
	})
}

// A node dies between accept.lua and the record: the grace ends and the conversation waits again.
func TestAcceptedButNeverRecorded(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		l := newLedger()
		l.sit(agent("ann", "help"))
		cfg := fast()
		cfg.Grace, cfg.Again = 300*time.Millisecond, time.Hour
		rm := open(t, addr, l, newHouse(desk.Queue{ID: "help", Ring: 1}), newLatch(), cfg).start()
		l.queue(chat("c1", "help", 60))
		o := rm.ringing("ann")
		now := time.Now()
		said, err := list(context.Background(), rm.rdb, acceptScript, []string{rm.keys.offer(o.ID), rm.keys.expiry(), rm.keys.seat("ann")},
			string(o.ID), "ann", now.UnixMilli(), now.Add(cfg.Grace).UnixMilli())
		if err != nil || said[0] != saidOK {
			t.Fatalf("accept.lua: got %v %v", said, err)
		}
		eventually(t, "waiting again", func() bool { pos, ok := rm.Position("c1"); return ok && pos == 1 })
		if got := l.seats["ann"].Presence.State; got != desk.Available {
			t.Errorf("ann: got %s, want still available", got)
		}
	})
}
