package router

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"yingda/desk"
)

// model is what the scripts promise, in plain Go: the state they share and each script as a method.
type model struct {
	seq     int64
	waiting map[desk.QueueID]map[string]int64
	offers  map[string]*modelOffer // by offer id
	on      map[string]string      // conversation → offer id
	held    map[string]map[string]string
	seats   map[string]*modelSeat
}

type modelOffer struct {
	conv, agent, state string
	queue              desk.QueueID
	score, expires     int64
}

type modelSeat struct {
	presence, takes  string
	capacity, missed int
	most             map[string]int
}

func newModel() *model {
	return &model{
		waiting: map[desk.QueueID]map[string]int64{"q0": {}, "q1": {}}, offers: map[string]*modelOffer{},
		on: map[string]string{}, held: map[string]map[string]string{}, seats: map[string]*modelSeat{},
	}
}

func (m *model) pass(seq int64) bool {
	if seq != 0 && seq <= m.seq {
		return false
	}
	m.seq = max(m.seq, seq)
	return true
}

func (m *model) enqueue(seq int64, c string, q, was desk.QueueID, score int64, known string) string {
	if !m.pass(seq) {
		return saidPassed
	}
	if was != q {
		delete(m.waiting[was], c)
	}
	if m.on[c] != "" {
		if o := m.offers[known]; o != nil && o.conv == c {
			o.score = score
		}
		return "offered"
	}
	m.waiting[q][c] = score
	return saidOK
}

func (m *model) end(id string) *modelOffer {
	o := m.offers[id]
	delete(m.offers, id)
	delete(m.on, o.conv)
	delete(m.held[o.agent], o.conv)
	return o
}

func (m *model) withdraw(seq int64, c string, q desk.QueueID, known string) string {
	if !m.pass(seq) {
		return saidPassed
	}
	delete(m.waiting[q], c)
	if id := m.on[c]; id != "" && id != known {
		return id
	} else if id != "" {
		m.end(id)
	}
	return saidOK
}

func (m *model) hold(seq int64, w desk.Work, q desk.QueueID, known, a string) string {
	if !m.pass(seq) {
		return saidPassed
	}
	said := m.withdraw(0, string(w.Conversation), q, known)
	m.hset(a, string(w.Conversation), holding(w, ""))
	return said
}

func (m *model) hset(a, c, v string) {
	if m.held[a] == nil {
		m.held[a] = map[string]string{}
	}
	m.held[a][c] = v
}

func (m *model) release(seq int64, c, a string) string {
	if !m.pass(seq) {
		return saidPassed
	}
	if reservedBy(m.held[a][c]) == "" {
		delete(m.held[a], c)
	}
	return saidOK
}

func (m *model) offer(o Offer, mode string) string {
	c, a := string(o.Conversation), string(o.Agent)
	score, ok := m.waiting[o.Queue][c]
	if !ok {
		return saidGone
	}
	s := m.seats[a]
	if s == nil {
		s = &modelSeat{most: map[string]int{}}
	}
	if mode == "" && !strings.Contains(s.takes, " "+string(o.Medium)+" ") {
		return "away"
	}
	if mode != "force" {
		if why := m.room(s, m.held[a], string(o.Medium), o.Weight); why != "" {
			return why
		}
	}
	delete(m.waiting[o.Queue], c)
	m.on[c] = string(o.ID)
	m.offers[string(o.ID)] = &modelOffer{c, a, "open", o.Queue, score, o.ExpiresAt.UnixMilli()}
	m.hset(a, c, holding(desk.Work{Medium: o.Medium, Weight: o.Weight}, o.ID))
	return saidOK
}

func (m *model) room(s *modelSeat, held map[string]string, medium string, weight int) string {
	var works []desk.Work
	for _, v := range held {
		p := strings.Split(v, ":")
		works = append(works, desk.Work{Medium: desk.Medium(p[0]), Weight: int(number(p[1]))})
	}
	l := LoadOf(works)
	if medium == "voice" && l.Count[desk.Chat] > 0 {
		return "chat_first"
	}
	load := l.Firm
	if medium == "email" {
		load = l.All
	}
	if load+weight > s.capacity || s.most[medium] > 0 && l.Count[desk.Medium(medium)] >= s.most[medium] {
		return "full"
	}
	return ""
}

func (m *model) accept(id, a string, now, grace int64) string {
	o := m.offers[id]
	switch {
	case o == nil || o.agent != a:
		return saidGone
	case o.state == "accepted":
		return "again"
	case o.expires <= now:
		return "late"
	}
	o.state, o.expires = "accepted", grace
	m.seats[a].missed = 0
	return saidOK
}

func (m *model) decline(id, a string, now int64, how string) string {
	o := m.offers[id]
	switch {
	case o == nil || o.agent != a:
		return saidGone
	case (how == "decline" || how == "unseen") && o.state != "open":
		return "accepted"
	case how == "expire" && o.expires > now:
		return "later"
	}
	m.end(id)
	if how != "drop" {
		m.waiting[o.queue][o.conv] = o.score
	}
	if how == "decline" {
		m.seats[a].missed = 0
	}
	if how == "expire" && o.state == "open" {
		m.seats[a].missed++
	}
	return saidOK
}

func (m *model) seat(seq int64, s desk.Seat, takes string) string {
	if !m.pass(seq) {
		return saidPassed
	}
	was := m.seats[string(s.Agent)]
	is := &modelSeat{presence: string(s.Presence.State), takes: takes, capacity: s.Capacity, most: map[string]int{}}
	for k, v := range s.Maximum {
		is.most[string(k)] = v
	}
	if was != nil && was.presence == is.presence {
		is.missed = was.missed
	}
	m.seats[string(s.Agent)] = is
	return saidOK
}

// String is the whole state in one fixed order.
func (m *model) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, m.seq)
	for _, q := range []desk.QueueID{"q0", "q1"} {
		for _, c := range slices.Sorted(maps.Keys(m.waiting[q])) {
			fmt.Fprintln(&b, q, c, m.waiting[q][c])
		}
	}
	for _, c := range slices.Sorted(maps.Keys(m.on)) {
		o := m.offers[m.on[c]]
		fmt.Fprintln(&b, c, m.on[c], o.agent, o.state, o.queue, o.score, o.expires)
	}
	for i := range 3 {
		a := fmt.Sprint("a", i)
		for _, c := range slices.Sorted(maps.Keys(m.held[a])) {
			fmt.Fprintln(&b, a, c, m.held[a][c])
		}
		fmt.Fprintln(&b, a, m.seats[a].missed)
	}
	return b.String()
}

// inRedis is the same text, read from Redis.
func inRedis(ctx context.Context, rdb redis.UniversalClient) string {
	var b strings.Builder
	seq, _ := rdb.Get(ctx, DefaultShard.seq()).Result()
	fmt.Fprintln(&b, seq)
	for _, q := range []desk.QueueID{"q0", "q1"} {
		have := rdb.ZRangeWithScores(ctx, DefaultShard.waiting(q), 0, -1).Val()
		slices.SortFunc(have, func(x, y redis.Z) int { return strings.Compare(x.Member.(string), y.Member.(string)) })
		for _, z := range have {
			fmt.Fprintln(&b, q, z.Member, int64(z.Score))
		}
	}
	on := rdb.HGetAll(ctx, DefaultShard.offered()).Val()
	for _, c := range slices.Sorted(maps.Keys(on)) {
		h := rdb.HGetAll(ctx, DefaultShard.offer(desk.OfferID(on[c]))).Val()
		ends := rdb.ZScore(ctx, DefaultShard.expiry(), on[c]).Val()
		fmt.Fprintln(&b, c, on[c], h["agent"], h["state"], h["queue"], h["score"], int64(ends))
	}
	for i := range 3 {
		a := fmt.Sprint("a", i)
		held := rdb.HGetAll(ctx, DefaultShard.held(desk.AgentID(a))).Val()
		for _, c := range slices.Sorted(maps.Keys(held)) {
			fmt.Fprintln(&b, a, c, held[c])
		}
		fmt.Fprintln(&b, a, number(rdb.HGet(ctx, DefaultShard.seat(desk.AgentID(a)), "missed").Val()))
	}
	return b.String()
}

// Ten thousand random operations leave Redis and the model in the same state after each.
func TestScriptsAgainstModel(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, addr string) {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		p := &player{rnd: rand.New(rand.NewPCG(seed, 1)), m: newModel(), rdb: client(t, addr), now: dawn.UnixMilli()}
		ctx := context.Background()
		claim, err := list(ctx, p.rdb, claimScript, []string{DefaultShard.epoch(), DefaultShard.seq()}, p.now, 0)
		if err != nil {
			t.Fatal(err)
		}
		p.epoch = claim[0]
		for i := range 3 {
			p.seat(ctx, fmt.Sprint("a", i))
		}
		for i := range modelSteps {
			did, got, want := p.play(ctx)
			if got != want {
				t.Fatalf("step %d, %s: got %q, want %q", i, did, got, want)
			}
			if got, want := inRedis(ctx, p.rdb), p.m.String(); got != want {
				t.Fatalf("step %d, after %s: got\n%swant\n%s", i, did, got, want)
			}
		}
	})
}

// player plays one random operation on both.
type player struct {
	rnd   *rand.Rand
	m     *model
	rdb   redis.UniversalClient
	epoch string
	now   int64
	ids   []string
}

func (p *player) said(ctx context.Context, c call, seq int64) string {
	said, err := c.run(ctx, p.rdb, p.epoch, seq)
	if err != nil {
		return err.Error()
	}
	return said
}

func (p *player) seat(ctx context.Context, a string) (string, string) {
	states := []desk.PresenceState{desk.Available, desk.Available, desk.Available, desk.Away, desk.Offline}
	s := desk.Seat{
		Agent: desk.AgentID(a), Capacity: 60 + 40*p.rnd.IntN(2), Presence: desk.Presence{State: states[p.rnd.IntN(5)]},
		Maximum: map[desk.Medium]int{desk.Chat: p.rnd.IntN(3)},
	}
	takes := []string{" ", " email chat voice ", " email chat voice ", " email ", " chat voice "}[p.rnd.IntN(5)]
	return p.said(ctx, DefaultShard.seatCall(s, takes), 0), p.m.seat(0, s, takes)
}

func (p *player) play(ctx context.Context) (did, got, want string) {
	c, a := fmt.Sprint("c", p.rnd.IntN(8)), fmt.Sprint("a", p.rnd.IntN(3))
	q, was := desk.QueueID(fmt.Sprint("q", p.rnd.IntN(2))), desk.QueueID(fmt.Sprint("q", p.rnd.IntN(2)))
	media := []desk.Medium{desk.Email, desk.Chat, desk.Voice}
	w := work(c, q, media[p.rnd.IntN(3)], 10+20*p.rnd.IntN(3), p.rnd.IntN(1000))
	seq := p.m.seq + int64(p.rnd.IntN(4)) - 1 // sometimes one that passed
	seq = max(0, seq)
	known := Offer{ID: desk.OfferID(p.m.on[c])}
	if p.rnd.IntN(4) == 0 {
		known = Offer{}
	} else if o := p.m.offers[string(known.ID)]; o != nil {
		known.Agent = desk.AgentID(o.agent)
	}
	p.now += int64(p.rnd.IntN(20))
	switch p.rnd.IntN(14) {
	case 0, 1, 2:
		return "enqueue", p.said(ctx, DefaultShard.enqueueCall(w, was, known.ID), seq),
			p.m.enqueue(seq, c, q, was, scoreOf(w), string(known.ID))
	case 3:
		return "withdraw", p.said(ctx, DefaultShard.withdrawCall(w.Conversation, q, known), seq), p.m.withdraw(seq, c, q, string(known.ID))
	case 4:
		return "hold", p.said(ctx, DefaultShard.holdCall(w, q, known, desk.AgentID(a)), seq), p.m.hold(seq, w, q, string(known.ID), a)
	case 5, 6:
		return "release", p.said(ctx, DefaultShard.releaseCall(w.Conversation, desk.AgentID(a)), seq), p.m.release(seq, c, a)
	case 7:
		got, want = p.seat(ctx, a)
		return "seat", got, want
	case 8, 9, 10:
		o := Offer{
			ID: desk.OfferID(testID()), Conversation: w.Conversation, Agent: desk.AgentID(a), Queue: q, Medium: w.Medium,
			Weight: w.Weight, ExpiresAt: time.UnixMilli(p.now + 200),
		}
		p.ids = append(p.ids, string(o.ID))
		mode := []string{"", "", "take", "force"}[p.rnd.IntN(4)]
		return "offer " + mode, p.said(ctx, DefaultShard.offerCall(o, mode), 0), p.m.offer(o, mode)
	}
	return p.answer(ctx, a)
}

// answer accepts, declines or expires one of the last offers.
func (p *player) answer(ctx context.Context, a string) (did, got, want string) {
	if len(p.ids) == 0 {
		return "nothing", "", ""
	}
	id := p.ids[len(p.ids)-1-p.rnd.IntN(min(6, len(p.ids)))]
	q := desk.QueueID("q0")
	if o := p.m.offers[id]; o != nil {
		q = o.queue
		if p.rnd.IntN(5) > 0 {
			a = o.agent
		}
	}
	word := func(l []string, err error) string {
		if err != nil {
			return err.Error()
		}
		return l[0]
	}
	if p.rnd.IntN(2) == 0 {
		got = word(list(ctx, p.rdb, acceptScript, []string{DefaultShard.offer(desk.OfferID(id)), DefaultShard.expiry(), DefaultShard.seat(desk.AgentID(a))},
			id, a, p.now, p.now+100))
		return "accept", got, p.m.accept(id, a, p.now, p.now+100)
	}
	how := []string{"decline", "expire", "expire", "return", "unseen", "drop"}[p.rnd.IntN(6)]
	keys := []string{
		DefaultShard.offer(desk.OfferID(id)), DefaultShard.expiry(), DefaultShard.offered(), DefaultShard.waiting(q), DefaultShard.seat(desk.AgentID(a)), DefaultShard.held(desk.AgentID(a)),
	}
	got = word(list(ctx, p.rdb, declineScript, keys, id, a, p.now, how))
	return how, got, p.m.decline(id, a, p.now, how)
}
