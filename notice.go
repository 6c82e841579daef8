package lockhouse

import "time"

// NoticeKind is the reason for which a person is written to.
type NoticeKind string

// The notices.
const (
	NoticeAnnounced NoticeKind = "announced" // it is on its way to the site
	NoticeReady     NoticeKind = "ready"     // it is in a compartment: come and collect
	NoticeOverdue   NoticeKind = "overdue"   // the holding time is over
	NoticeCollected NoticeKind = "collected" // a receipt
	NoticeService   NoticeKind = "service"   // the compartment in which it lies was opened for service
	NoticeSignIn    NoticeKind = "sign_in"   // the person asked for a new link
)

// Attempts counts the tries of something that is sent to the outside.
type Attempts struct {
	Count     int
	NextAt    time.Time // zero when there is nothing more to try
	DoneAt    time.Time // zero until it was taken
	LastError string    // without personal data
}

// Notice is one message to one person, waiting or sent.
type Notice struct {
	ID     int64 // given by the store
	Event  int64 // the outbox entry that caused it; one notice of a kind for each
	Kind   NoticeKind
	Person PersonID
	Parcel ParcelID
	At     time.Time
	Attempts
}

// Webhook is where a shop wants to be told.
type Webhook struct {
	Shop   ShopID
	URL    string
	Secret []byte // signs each delivery, as Standard Webhooks says
}

// Delivery is one message to one shop's webhook, waiting or taken.
type Delivery struct {
	ID     string // msg_…: the webhook-id header, the same at each attempt
	Event  int64
	Shop   ShopID
	Kind   EventKind
	Parcel ParcelID
	At     time.Time
	Body   []byte
	Attempts
	Tries []Try
}

// Try is one attempt of a delivery, as it is shown to the shop.
type Try struct {
	At     time.Time
	Status int    // HTTP status; 0 when there was no answer
	Error  string // why there was none
	TookMS int64
}
