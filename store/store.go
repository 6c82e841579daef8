// Package store says what the rooms need from a database, in small pieces that are summed into a transaction. An engine
// implements it in a package of its own (store/sqlite), and store/storetest is the one suite that every engine passes.
//
// Update runs a function in one transaction: all of it becomes durable, or none. The function may run again after a
// conflict, and beside others in one commit; so it touches nothing but its transaction, waits for nothing, and returns
// quickly. An error that it returns rolls its own work back and nobody else's.
//
// What an Update reads stays as it is until the Update ends, where it decides by it: a hold, a parcel, a locker's receipts,
// a site's room, a link. A write may be refused where it is asked, or when the Update ends (an engine that has to travel
// to its database sends writes together); either way the Update fails with the refusal, and no function goes on after one.
package store

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
)

// Store is a database.
type Store interface {
	View(ctx context.Context, do func(Tx) error) error
	Update(ctx context.Context, do func(Tx) error) error
	Close() error
}

// Tx is everything that one transaction can do. Rooms ask for the pieces they need. What is not found is a
// lockhouse.CodeNotFound error with a sentence that fits a person.
type Tx interface {
	Sites
	Lockers
	Figures
	Rooms
	Holds
	Parcels
	Receipts
	Past
	Outbox
	Backlog
	Notices
	Webhooks
	Keys
	Leases
	Fingerprints
	Enrolments
	Services
	Register
	Retirements
	Rekeyings
}

// Page asks for a stretch of a list: at most Limit entries (1 to 200) after the one named After ("" for the first).
type Page struct {
	After string
	Limit int
}

// Sites keeps places. What is read of a site, of a locker and its compartments, or of a webhook may be shared with others
// that read it: nobody changes it in place.
type Sites interface {
	Site(id lockhouse.SiteID) (lockhouse.Site, error)
	PutSite(lockhouse.Site) error // inserts or replaces
	AllSites() ([]lockhouse.Site, error)
	ListSites(Page) ([]lockhouse.Site, error) // by id
	SetSiteClosed(id lockhouse.SiteID, closed bool) error
	// SetSitePanel says what all lockers of a site have for people without a smartphone. PutSite leaves that as it is.
	SetSitePanel(id lockhouse.SiteID, p lockhouse.Panel) error
	// SitesVersion rises with every change of any site, so that an index in memory knows when it is old.
	SitesVersion() (int64, error)
	// SitesSince gives the sites that changed after a version, so that the index need not be built anew.
	SitesSince(version int64) ([]lockhouse.Site, error)
}

// Lockers keeps cabinets, their compartments, and what they last said of themselves.
type Lockers interface {
	// Locker gives a locker with its present keys. In an Update they may be those that it had a while ago: whoever decides by
	// them asks for its Rekeying.
	Locker(id lockhouse.LockerID) (lockhouse.Locker, error)
	LockersAt(site lockhouse.SiteID) ([]lockhouse.Locker, error)
	InsertLocker(lockhouse.Locker, []lockhouse.Compartment) error // conflict when it exists
	Compartments(locker lockhouse.LockerID) ([]lockhouse.Compartment, error)
	SetOutOfService(locker lockhouse.LockerID, number int, out bool) error
	SetDoor(locker lockhouse.LockerID, number int, door lockhouse.Door, at time.Time) error // at counts if the door was another; nothing happens where there is none
	Doors(locker lockhouse.LockerID) (map[int]lockhouse.Door, error)
	SetHeard(locker lockhouse.LockerID, at time.Time) error // the locker's line was up then
	Heard(locker lockhouse.LockerID) (time.Time, error)
	// DesiredVersions gives the version of how a locker is to be, and the one that it says it keeps to; 0 for none.
	DesiredVersions(locker lockhouse.LockerID) (desired, actual uint64, err error)
	SetDesiredVersion(locker lockhouse.LockerID, version uint64) error
	// UpdateChannel is from where the locker is to take versions of its agent; "" for as it is set up.
	UpdateChannel(locker lockhouse.LockerID) (string, error)
	SetUpdateChannel(locker lockhouse.LockerID, channel string) error
	// AgentVersion is the version of the agent that a locker says it runs; "" while it has said none.
	AgentVersion(locker lockhouse.LockerID) (string, error)
	SetAgentVersion(locker lockhouse.LockerID, version string) error
	// Panel is what a locker says that it has for people without a smartphone.
	Panel(locker lockhouse.LockerID) (lockhouse.Panel, error)
	SetPanel(locker lockhouse.LockerID, p lockhouse.Panel) error
	SetActualVersion(locker lockhouse.LockerID, version uint64) error
	// Revoke keeps what was taken back at a locker, in place of what its name had before, and forgets what is over by then.
	Revoke(locker lockhouse.LockerID, r lockhouse.Revocation) error
	// Revocations gives what is kept, by name; some of it may be over.
	Revocations(locker lockhouse.LockerID) ([]lockhouse.Revocation, error)
	// RaiseDesiredVersions raises that of every locker by one, and LockersBehind counts those at work that keep to an older one.
	RaiseDesiredVersions() error
	LockersBehind() (int, error)
	SetFault(locker lockhouse.LockerID, fault string) error // "" when it healed
	Fault(locker lockhouse.LockerID) (string, error)
}

// Figures keeps what lockers measured of themselves, a row for each locker and day.
type Figures interface {
	// FiguresOf gives a locker's days from one on, the earliest first; those of which nothing is known are left out.
	FiguresOf(locker lockhouse.LockerID, from lockhouse.Day) ([]LockerDay, error)
	// PutFigures keeps what a locker says of a day, unless it is there counted further: what comes twice, or late, changes nothing.
	// LineDownS is not the locker's to say and stays as it is.
	PutFigures(locker lockhouse.LockerID, d LockerDay) error
	// AddLineDown adds seconds in which a locker's line was missed to a day's, a day's length at most.
	AddLineDown(locker lockhouse.LockerID, day lockhouse.Day, s int) error
	// DropFigures deletes days before one, the earliest first, at most limit.
	DropFigures(before lockhouse.Day, limit int) (dropped int, err error)
}

// LockerDay is what is known of a locker on a day.
type LockerDay struct {
	lockhouse.Figures
	Told      time.Time // when the locker last said so; zero: it has said nothing of that day
	LineDownS int       // the network missed its line
}

// Rooms keeps the room of each site: how many compartments there are, and how many are spoken for on which day. What the
// counts mean is estate/capacity's to say. InsertLocker and SetOutOfService count compartments as they come and go.
type Rooms interface {
	// Room gives a site's, the zero Room where nothing was counted yet. In an Update it is the transaction's until that
	// ends: another that asks waits (in PostgreSQL: a row that is there, FOR UPDATE), so that nothing is counted over.
	Room(site lockhouse.SiteID) (capacity.Room, error)
	PutRoom(site lockhouse.SiteID, r capacity.Room) error
	// RoomsOf gives the rooms of some sites, at most 1,000; those without one are left out. It takes nothing for itself.
	RoomsOf(sites ...lockhouse.SiteID) ([]SiteRoom, error)
	// ListRooms goes through all rooms by their sites' ids: at most limit (1 to 10,000) after one ("" for the first).
	ListRooms(after lockhouse.SiteID, limit int) ([]SiteRoom, error)
}

// SiteRoom is a room and whose it is.
type SiteRoom struct {
	Site lockhouse.SiteID
	Room capacity.Room
}

// Holds keeps holds. Hold also finds the one of a parcel in the past; a hold that came to nothing is deleted some days
// after it kept no room any more (Past).
type Holds interface {
	Hold(shop lockhouse.ShopID, reference string) (lockhouse.Hold, error)
	HoldByID(id lockhouse.HoldID) (lockhouse.Hold, error)
	PutHold(lockhouse.Hold) error // inserts, or replaces the one with the same shop and reference
	// LapsedHolds gives holds still marked placed or confirmed whose time was over at now, at one site or ("") at any.
	LapsedHolds(site lockhouse.SiteID, now time.Time, limit int) ([]lockhouse.Hold, error)
	// HoldsEnding gives converted holds, whose parcels may still be there, with a window that ends on a day or before.
	HoldsEnding(through lockhouse.Day, limit int) ([]lockhouse.Hold, error)
}

// Parcels keeps parcels. What asks for one by its id, its shop's reference or its number, and for a person's, also finds
// those in the past; lists, and ParcelByRef, know the others alone.
type Parcels interface {
	Parcel(id lockhouse.ParcelID) (lockhouse.Parcel, error)
	ParcelOfShop(shop lockhouse.ShopID, reference string) (lockhouse.Parcel, error)
	ParcelByRef(ref lockhouse.ParcelRef) (lockhouse.Parcel, error)
	ParcelByTracking(tracking string) (lockhouse.Parcel, error) // the newest: carriers use numbers again
	// InsertParcel is a conflict when the shop's reference has one (in the past: ask ParcelOfShop before), or the tracking number one that is still on its way. One
	// that was recalled before it was dropped off is not: it has no end, and its shop may announce the same thing anew.
	InsertParcel(lockhouse.Parcel) error
	UpdateParcel(lockhouse.Parcel) error
	ParcelsOf(person lockhouse.PersonID) ([]lockhouse.Parcel, error)                              // newest first, at most 200
	ParcelsAt(site lockhouse.SiteID, states ...lockhouse.ParcelState) ([]lockhouse.Parcel, error) // at most 1,000
	// ParcelsIn gives the parcels inside a locker, by compartment: those in one of the states, or all when none is named.
	ParcelsIn(locker lockhouse.LockerID, states ...lockhouse.ParcelState) ([]lockhouse.Parcel, error)
	// ParcelsDue gives parcels in a state whose CollectBy lies before a moment, the longest waiting first.
	ParcelsDue(state lockhouse.ParcelState, before time.Time, limit int) ([]lockhouse.Parcel, error)
	// SitesWith gives the sites that have a parcel in one of the states, by id, at most 1,000.
	SitesWith(states ...lockhouse.ParcelState) ([]lockhouse.SiteID, error)
	ListParcels(Page, ParcelFilter) ([]lockhouse.Parcel, error) // newest first
}

// ParcelFilter narrows a list of parcels; empty fields do not.
type ParcelFilter struct {
	Site  lockhouse.SiteID
	State lockhouse.ParcelState
	Find  string // the start of a tracking number, reference or parcel id
	Shop  lockhouse.ShopID
}

// Receipts keeps lockers' receipts as they were signed, each once. ReceiptAt and ReceiptsOf also find those in the past.
type Receipts interface {
	// InsertReceipt keeps a receipt unless the locker's number is there already; fresh is false then. A second receipt
	// with the same number and other bytes is a conflict: a locker that contradicts itself. What was applied and is not
	// even in the past any more was there.
	InsertReceipt(r lockhouse.Receipt, raw []byte) (fresh bool, err error)
	// AppliedThrough is the number up to which a locker's receipts have had their effect; 0 when none.
	AppliedThrough(locker lockhouse.LockerID) (seq uint64, err error)
	SetAppliedThrough(locker lockhouse.LockerID, seq uint64) error
	// ReceiptsAfter gives what is there beyond a number, in order, raw bytes included.
	ReceiptsAfter(locker lockhouse.LockerID, seq uint64, limit int) ([]SignedReceipt, error)
	ReceiptAt(locker lockhouse.LockerID, seq uint64) (SignedReceipt, error)
	ReceiptsOf(parcel lockhouse.ParcelID) ([]SignedReceipt, error) // by locker and number
}

// SignedReceipt is a receipt beside the bytes that were signed.
type SignedReceipt struct {
	lockhouse.Receipt
	Raw []byte
}

// Past takes what has ended out of the way of what has not, so that no table in daily use grows with a network's age.
// store/past is the form in which it is kept. Each verb does a bounded piece and is called again until there is nothing
// left to do.
type Past interface {
	// MoveParcels moves parcels that ended before a moment, and recalled ones that never came and were announced before
	// another, each with its hold, its timeline and its notices; at most limit, the longest ended first. One of which
	// something is still to be heard stays. now is written down as when they were moved.
	MoveParcels(endedBefore, announcedBefore, now time.Time, limit int) (moved int, err error)
	// MoveReceipts looks at the next lockers in a round through all, and moves one strand of each one's receipts, if there
	// is one that was applied and is older than a moment. The last that was applied stays, for the next to be chained to, and
	// so do those of parcels that are not in the past. looked is less than the number of lockers at the end of the round.
	MoveReceipts(before, now time.Time, lockers int) (looked int, err error)
	// Tidy deletes what ended before a moment and belongs to no parcel: holds that came to nothing, heard events, notices;
	// and deliveries to shops that are over. At most limit of each; done is how many it looked at of the most numerous. A late
	// event of a parcel in the past joins it.
	Tidy(before time.Time, limit int) (done int, err error)
	// DropPast deletes what was moved before a moment, at most limit parcels and strands.
	DropPast(before time.Time, limit int) (dropped int, err error)
}

// Outbox keeps what happened until everybody concerned has heard it, and for good as the timeline.
//
// Events are heard in the order of their numbers, and how far that went is one mark. Whatever the mark has passed is
// never looked at again; so an engine must not show an event while one with a lower number may still appear. With one
// writer it can't. Where several write at once, numbers are drawn before the commit and commits overtake each other:
// such an engine holds back what lies behind an open transaction (in PostgreSQL: the number is the transaction's own and
// which of its events it is, and those of transactions below the oldest open one are shown). Numbers may be missing, and
// how far two lie apart says nothing.
type Outbox interface {
	Say(lockhouse.Event) error
	// Unheard gives the oldest events beyond the mark, perhaps without those of its own transaction. In an Update it also
	// takes the mark, until the Update ends: another that asks waits (in PostgreSQL: FOR UPDATE), so that each event is
	// heard once, whoever asks.
	Unheard(limit int) ([]lockhouse.Event, error)
	// MarkHeard moves the mark to an event that Unheard gave; those before it count as heard too. It never goes back:
	// not_found when there is no such event or the mark is there already.
	MarkHeard(through int64) error
	// EventsAfter gives events with numbers above one, oldest first, heard or not: for who keeps a mark of their own. What
	// Unheard holds back, it holds back too. It takes no mark.
	EventsAfter(seq int64, limit int) ([]lockhouse.Event, error)
	// Timeline gives a parcel's events, oldest first. Those of a parcel that the same Update inserted may lack their numbers.
	Timeline(parcel lockhouse.ParcelID) ([]lockhouse.Event, error)
	Recent(limit int) ([]lockhouse.Event, error) // newest first
}

// Notices is the queue of messages to people.
type Notices interface {
	InsertNotice(lockhouse.Notice) error // nothing happens when event and kind are there already
	DueNotices(now time.Time, limit int) ([]lockhouse.Notice, error)
	UpdateNotice(id int64, a lockhouse.Attempts) error
	// HastenNotices brings forward by so much what is due after a moment: for a clock that was set back.
	HastenNotices(after time.Time, by time.Duration) error
	NoticesOf(parcel lockhouse.ParcelID) ([]lockhouse.Notice, error)
}

// Webhooks is where shops want to be told, and the queue of what they are told.
type Webhooks interface {
	Webhook(shop lockhouse.ShopID) (lockhouse.Webhook, error)
	PutWebhook(lockhouse.Webhook) error
	DeleteWebhook(shop lockhouse.ShopID) error
	InsertDelivery(lockhouse.Delivery) error // nothing happens when event and shop are there already
	// ShopsDue gives the shops to which something is due, by id. They are asked for one by one, so that a shop with
	// thousands of messages stands in nobody's way.
	ShopsDue(now time.Time, limit int) ([]lockhouse.ShopID, error)
	DueDeliveries(shop lockhouse.ShopID, now time.Time, limit int) ([]lockhouse.Delivery, error) // the longest due first
	UpdateDelivery(id string, a lockhouse.Attempts, try lockhouse.Try) error
	HastenDeliveries(after time.Time, by time.Duration) error                   // as HastenNotices
	ListDeliveries(shop lockhouse.ShopID, p Page) ([]lockhouse.Delivery, error) // newest first, with tries
}

// Keys keeps API keys, one-time links and sessions, all by their hashes.
type Keys interface {
	InsertKey(lockhouse.Key) error
	KeyByHash(hash [32]byte) (lockhouse.Key, error)
	RevokeKey(id lockhouse.KeyID, at time.Time) error
	ListKeys() ([]lockhouse.Key, error)

	InsertLink(Link) error
	LinkByHash(hash [32]byte) (Link, error)
	UseLink(hash [32]byte, at time.Time) error // used when it was used already

	InsertSession(Session) error
	SessionByHash(hash [32]byte) (Session, error)
	EndSession(hash [32]byte) error
	// SessionsOf gives a person's, by their hashes; some may be over.
	SessionsOf(person lockhouse.PersonID) ([]Session, error)
	// SignOut ends all sessions of a person and all links to one, used or not.
	SignOut(person lockhouse.PersonID) error
	// DeleteLinks and DeleteSessions delete those that were over before a moment, the oldest first, at most limit.
	DeleteLinks(before time.Time, limit int) (deleted int, err error)
	DeleteSessions(before time.Time, limit int) (deleted int, err error)

	InsertShop(id lockhouse.ShopID, name string) error
	ShopName(id lockhouse.ShopID) (string, error)
	InsertCourier(id lockhouse.CourierID, name string) error
}

// Link is a mail link that signs one person in, once.
type Link struct {
	Hash      [32]byte
	Person    lockhouse.PersonID
	ExpiresAt time.Time
	UsedAt    time.Time
}

// Session is a recipient's browser that came by a link.
type Session struct {
	Hash      [32]byte
	Person    lockhouse.PersonID
	PhoneKey  []byte // registered at sign-in: P-256, uncompressed, 65 bytes
	ExpiresAt time.Time
}

// Leases keeps, for each name, who does what one node alone may do at a time. It compares and swaps and looks at no
// clock: when a lease that nobody renews is over, those who want it find out by their own (app/lease).
type Leases interface {
	// Lease gives what stands under a name: the zero Lease when nobody ever had it.
	Lease(name string) (Lease, error)
	// SwapLease puts a lease where another was seen. It is a conflict when that is no longer what stands there.
	SwapLease(name string, seen, next Lease) error
	// FenceLease refuses with a conflict unless a holder's term is still the present one. In an Update it also keeps the
	// term, until the Update ends: whoever takes the lease meanwhile waits (in PostgreSQL: FOR KEY SHARE, with the term part
	// of a unique key), so that nothing is written by a holder who is none any more. Renewing does not wait.
	FenceLease(name string, term int64) error
}

// Lease is one line of Leases.
type Lease struct {
	Holder string // unlike any other process's; "" when it was given back
	Term   int64  // rises by one each time the lease changes hands
	Beat   int64  // rises by one each time the holder says that it is there
}

// Fingerprints keeps what the secret keys beside the store look like, so that a node with others is refused before it does
// harm. A fingerprint says nothing of its key.
type Fingerprints interface {
	// Fingerprint gives the one kept of a key; nil when none is.
	Fingerprint(of string) ([]byte, error)
	KeepFingerprint(of string, sum []byte) error // conflict when one is kept
	ReplaceFingerprint(of string, sum []byte) error
}
