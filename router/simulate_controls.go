package router

import (
	"math"
)

// Near saturation the length of a line wanders so slowly that hundreds of thousands of customers say little about its
// mean: at 95 % occupancy the plain average of 300,000 is off by a tenth as often as not. What wanders is chance, and
// chance can be measured. With exponential times the expected drift of any function u of the number present is known
// from who is there and who is busy at each moment,
//
//	λ(u(n+1) − u(n)) + (μ·busy + θ·waiting)(u(n−1) − u(n)),
//
// so what u really moved, less that drift, has mean zero, whatever the routing does (Dynkin's formula); so has, in a
// settled line, what it moved. These are control variates: regressed on them over batches, the figures lose the part of
// their error that they explain. The routing itself is not assumed anything about: were an agent left idle beside waiting work, busy would
// say so, and the figures with it. Plain figures are printed beside.

// controlBatches is into how many parts a run is cut for the regression.
const controlBatches = 160

// batchRow is what one part of a run measured.
type batchRow struct {
	wait, served, waited, lost, blocked, busy float64 // sums; wait and busy over time, in s
	z                                         []float64
}

// controls measures one queue with exponential times.
type controls struct {
	lambda, mu, theta float64 // per second
	servers           int
	limit             int // how many may be present; below 0: no limit
	size              int // arrivals in a batch
	rows              []batchRow
	open              bool
	n, arrived        int // present now; arrivals in this batch
	began             int // present when the batch began
	drift             []float64
	slope             [][]float64 // u(n+1)-u(n), by function, by n
	value             [][]float64 // u(n)
	decay             []float64
}

func newControls(o OneQueue) *controls {
	c := &controls{
		lambda: o.ArrivalsPerHour / 3600, mu: 1 / o.AHT.Seconds(), servers: o.Servers(), limit: -1,
		size: max(50, o.Arrivals/controlBatches),
	}
	if o.Patience > 0 {
		c.theta = 1 / o.Patience.Seconds()
	}
	if o.QueueLimit >= 0 {
		c.limit = c.servers + o.QueueLimit
	}
	reach := max(1, float64(c.servers)*c.mu*o.Target.Seconds()) // how many are served within the target
	c.decay = []float64{math.Exp(-2 / reach), math.Exp(-1 / reach), math.Exp(-.5 / reach)}
	functions := 3 + len(c.decay)
	c.slope, c.value = make([][]float64, functions), make([][]float64, functions)
	c.drift = make([]float64, functions)
	return c
}

// grow computes the functions up to n. Below the number of servers their slope is that of 1/B(n), Erlang's loss
// formula's inverse, scaled to 1 where the servers end; above it constant, linear and fading.
func (c *controls) grow(n int) {
	a := c.lambda / c.mu
	logs := make([]float64, c.servers+1) // ln 1/B(n) = ln(1 + n/a · 1/B(n-1))
	for i := 1; i <= c.servers; i++ {
		x := math.Log(float64(i)/a) + logs[i-1]
		logs[i] = math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	}
	for f := range c.slope {
		c.slope[f], c.value[f] = make([]float64, n), make([]float64, n)
		for i := range n {
			over := float64(i - c.servers)
			d := 0.0
			switch {
			case f == 0:
				d = 1
			case f == 1 && over < 0:
				d = math.Exp(logs[i] - logs[c.servers])
			case f == 1:
				d = 1
			case over >= 0 && f == 2:
				d = over / float64(c.servers)
			case over >= 0 && f > 2:
				d = math.Pow(c.decay[f-3], over)
			}
			c.slope[f][i] = d
			if i+1 < n {
				c.value[f][i+1] = c.value[f][i] + d
			}
		}
	}
}

func (c *controls) batch() int {
	if c == nil {
		return 0
	}
	return len(c.rows) - 1
}

func (c *controls) row() *batchRow { return &c.rows[len(c.rows)-1] }

// zs are the controls besides the functions: arrivals less what was due, who gave up less what was due.
const zs = 2

func (c *controls) begin(n int) {
	c.open = true
	c.n = n
	c.next()
}

func (c *controls) next() {
	c.began, c.arrived = c.n, 0
	clear(c.drift)
	c.rows = append(c.rows, batchRow{z: make([]float64, zs+2*len(c.drift))})
}

// stay notes that n were present and busy of them served for so long.
func (c *controls) stay(n, busy int, ns int64) {
	if c.n = n; !c.open {
		return
	}
	dt := float64(ns) / 1e9
	if n+1 >= len(c.slope[0]) {
		c.grow(2*n + c.servers + 64)
	}
	r := c.row()
	waiting := float64(n - busy)
	r.wait += waiting * dt
	r.busy += float64(busy) * dt
	in, out := c.lambda*dt, (c.mu*float64(busy)+c.theta*waiting)*dt
	r.z[0] -= in
	r.z[1] -= c.theta * waiting * dt
	if c.limit >= 0 && n >= c.limit {
		in = 0
	}
	for f := range c.drift {
		d := in * c.slope[f][n]
		if n > 0 {
			d -= out * c.slope[f][n-1]
		}
		c.drift[f] += d
	}
}

// came notes that a customer came; n are present now.
func (c *controls) came(n int) {
	if c == nil || !c.open {
		return
	}
	c.n = n
	r := c.row()
	r.z[0]++
	c.arrived++
	if c.arrived < c.size {
		return
	}
	c.close()
	c.next()
}

// close ends a batch: what the functions moved, less their drift.
func (c *controls) close() {
	r := c.row()
	if c.n+1 >= len(c.slope[0]) || c.began+1 >= len(c.slope[0]) {
		c.grow(2*max(c.n, c.began) + c.servers + 64)
	}
	for f := range c.drift {
		moved := c.value[f][c.n] - c.value[f][c.began]
		r.z[zs+2*f], r.z[zs+2*f+1] = moved-c.drift[f], moved
	}
}

func (c *controls) waited(batch int) {
	if c != nil {
		c.rows[batch].waited++
	}
}

func (c *controls) served(batch int) {
	if c != nil {
		c.rows[batch].served++
	}
}

func (c *controls) lost() {
	if c != nil && c.open {
		r := c.row()
		r.lost++
		r.z[1]++
	}
}

func (c *controls) blocked() {
	if c != nil && c.open {
		c.row().blocked++
	}
}

// estimate is what the run says, less the chance that the controls explain, and half of a 95 % interval. A run too
// short for a regression, or without a settled state, is answered by its plain figures.
func (c *controls) estimate(plain Rates) (best, off Rates) {
	rows := c.rows[:max(0, len(c.rows)-1)] // the last was not filled
	pick := []func(*batchRow) float64{
		func(r *batchRow) float64 { return r.served },
		func(r *batchRow) float64 { return r.wait },
		func(r *batchRow) float64 { return r.waited },
		func(r *batchRow) float64 { return r.busy * c.lambda / float64(c.servers) },
		func(r *batchRow) float64 { return r.lost },
		func(r *batchRow) float64 { return r.blocked },
	}
	best = plain
	settled := c.theta > 0 || c.limit >= 0 || c.lambda < float64(c.servers)*c.mu
	if len(rows) < 40 || !settled {
		return best, off
	}
	bests := []*float64{&best.ServiceLevel, &best.MeanWait, &best.PWait, &best.Occupancy, &best.Abandoned, &best.Blocked}
	offs := []*float64{&off.ServiceLevel, &off.MeanWait, &off.PWait, &off.Occupancy, &off.Abandoned, &off.Blocked}
	for i, f := range pick {
		mean, half := regress(rows, f)
		*bests[i], *offs[i] = max(0, mean/float64(c.size)), half/float64(c.size)
		if i != 1 {
			*bests[i] = min(1, *bests[i])
		}
	}
	return best, off
}

// regress is the mean of y over the rows at z = 0, and half of its 95 % interval: least squares with an intercept. Where
// the servers are seldom full, all functions but the first live by events too rare for such a run: they are left out.
func regress(rows []batchRow, y func(*batchRow) float64) (mean, half float64) {
	k := len(rows[0].z)
	scale := make([]float64, k)
	full := 0 // batches in which somebody had to wait
	for i := range rows {
		for j, v := range rows[i].z {
			scale[j] += v * v
		}
		if rows[i].waited+rows[i].blocked > 0 {
			full++
		}
	}
	if full < len(rows)/2 {
		clear(scale[zs+2:])
	}
	x := func(r *batchRow, j int) float64 {
		if j == k {
			return 1
		}
		if scale[j] == 0 {
			return 0
		}
		return r.z[j] / math.Sqrt(scale[j]/float64(len(rows)))
	}
	a := make([][]float64, k+1)
	b := make([]float64, k+1)
	for j := range a {
		a[j] = make([]float64, k+1)
	}
	for i := range rows {
		r := &rows[i]
		for p := range a {
			for q := range a {
				a[p][q] += x(r, p) * x(r, q)
			}
			b[p] += x(r, p) * y(r)
		}
	}
	for j := range k {
		a[j][j] += 1e-7 * float64(len(rows)) // two functions alike must not fight
	}
	beta := solve(a, b)
	var rest float64
	for i := range rows {
		e := y(&rows[i])
		for j := range beta {
			e -= beta[j] * x(&rows[i], j)
		}
		rest += e * e
	}
	m := float64(len(rows))
	return beta[k], 1.96 * math.Sqrt(rest/max(1, m-float64(k)-1)/m)
}

// solve is Gauss' elimination for a symmetric positive system.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	for p := range n {
		if a[p][p] < 1e-12 {
			a[p][p] = 1e-12
		}
		for q := p + 1; q < n; q++ {
			f := a[q][p] / a[p][p]
			for j := p; j < n; j++ {
				a[q][j] -= f * a[p][j]
			}
			b[q] -= f * b[p]
		}
	}
	out := make([]float64, n)
	for p := n - 1; p >= 0; p-- {
		v := b[p]
		for j := p + 1; j < n; j++ {
			v -= a[p][j] * out[j]
		}
		out[p] = v / a[p][p]
	}
	return out
}
