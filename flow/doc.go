// Package flow is a parcel's journey, one room a step, in the order in which it is walked:
//
//	checkout   where can it be collected?        asked by the shop's checkout
//	hold       keep room there                   from the cart on; lapses by itself
//	manifest   it really comes, and for whom     the hold becomes a parcel
//	dropoff    into a compartment                the courier; the locker's receipt says which
//	notify     tell the recipient                hears what happened, leaves notices
//	unlock     which door for whom               what a grant may hold; the locker opens by itself
//	collect    taken; the room is free           the locker's receipt says so
//	overdue    the short other road              overdue, extended, recalled, taken out
//	past       it has ended                      days later: out of the tables in daily use
//
// Steps never call each other. What happened goes into the outbox in the transaction that made it true, and
// app/network/hears.go is the one list of who listens. The rooms share what may be promised (estate/capacity) and the
// table of a parcel's states (package lockhouse). walk_test.go walks the whole way.
package flow
