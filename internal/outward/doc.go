// Package outward owns how we call addresses that somebody else has chosen: pictures in a customer's mail, the URLs of
// webhooks. It promises that only ordinary web addresses on the public internet are reached, whatever a name resolves to
// at the moment of dialling, and hosts of our own network only where the operator named them. It never reads what comes
// back; that is for those who asked.
package outward
