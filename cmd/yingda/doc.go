// Command yingda is contact-centre middleware in one binary: `yingda help` is its manual page.
//
// It owns the wiring: it is the only place that constructs things and the only one that may import every room. It
// promises that edges stop before the core and that a failed start says why and leaves nothing half done. It never
// holds a rule of the trade.
package main
