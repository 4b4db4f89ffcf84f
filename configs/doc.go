// Package configs is the sum of the rooms' own Config structs: one YAML file over defaults, then the environment.
//
// It owns how configuration is read and refused. It promises that an unknown key or a bad value is an error naming the
// file, the line and what is allowed, and that nothing is half read. It never knows what a value means: each room
// validates its own. Product settings (inboxes, queues, policies) are not here; they live in the record.
package configs
