package wire

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"lockhouse"
)

// MaxCardBytes bounds a card.
const MaxCardBytes = 256 << 10

// Card is what a new locker tells its network of itself, as `lockhouse-agent init` prints it and `lockhouse import
// locker` reads it: public keys, the key behind its advertised names, and its compartments. It is no secret that opens
// a door, but whoever has the advertising key can find the locker on the air.
type Card struct {
	ID           lockhouse.LockerID `json:"id"`
	StaticKey    Bytes              `json:"static_key"`
	ReceiptKey   Bytes              `json:"receipt_key"`
	AdvertKey    Bytes              `json:"advert_key"`
	Compartments []CardCompartment  `json:"compartments"`
}

// CardCompartment is one compartment on a card.
type CardCompartment struct {
	Number  int    `json:"number"`
	Size    string `json:"size"`
	Rank    int    `json:"rank"`
	Column  int    `json:"column"`
	Row     int    `json:"row"`
	FloorMM int    `json:"floor_mm"`
	Board   int    `json:"board"`
	Channel int    `json:"channel"`
}

// EncodeCard gives the card of a locker as JSON.
func EncodeCard(l lockhouse.Locker, boxes []lockhouse.Compartment) ([]byte, error) {
	card := Card{ID: l.ID, StaticKey: l.StaticKey, ReceiptKey: l.ReceiptKey, AdvertKey: l.AdvertKey}
	for _, b := range boxes {
		card.Compartments = append(card.Compartments, CardCompartment{Number: b.Number, Size: b.Size, Rank: b.Rank, Column: b.Column,
			Row: b.Row, FloorMM: b.FloorMM, Board: b.Board, Channel: b.Channel})
	}
	return json.Marshal(card, json.Deterministic(true), jsontext.Multiline(true))
}

// DecodeCard reads a card: a locker without site and name, which are the operator's to give, and its compartments.
func DecodeCard(data []byte) (lockhouse.Locker, []lockhouse.Compartment, error) {
	var card Card
	if len(data) > MaxCardBytes {
		return lockhouse.Locker{}, nil, lockhouse.Refuse(lockhouse.CodeBodyTooLarge, "A locker's card has at most %d bytes.", MaxCardBytes)
	}
	if err := json.Unmarshal(data, &card, json.RejectUnknownMembers(true)); err != nil {
		return lockhouse.Locker{}, nil, lockhouse.Refuse(lockhouse.CodeMalformed, "This is not what lockhouse-agent init prints.").Because(err)
	}
	if _, err := card.ID.Bytes(); err != nil {
		return lockhouse.Locker{}, nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The card's locker has no good id.").Because(err)
	}
	boxes := make([]lockhouse.Compartment, len(card.Compartments))
	for i, b := range card.Compartments {
		boxes[i] = lockhouse.Compartment{Locker: card.ID, Number: b.Number, Size: b.Size, Rank: b.Rank, Column: b.Column,
			Row: b.Row, FloorMM: b.FloorMM, Board: b.Board, Channel: b.Channel}
	}
	l := lockhouse.Locker{ID: card.ID, StaticKey: card.StaticKey, ReceiptKey: card.ReceiptKey, AdvertKey: card.AdvertKey}
	return l, boxes, lockhouse.CheckCompartments(boxes)
}
