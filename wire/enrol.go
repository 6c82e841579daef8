package wire

import (
	"github.com/go-json-experiment/json"

	"lockhouse"
)

// Bounds of what a new locker and its network say to each other, before it is sealed.
const (
	MaxEnrolAskBytes    = 60 << 10
	MaxEnrolAnswerBytes = 8 << 10
)

// EnrolAsk is what a new locker says: its card, exactly as the proofs are about it, and that it holds the keys on it.
type EnrolAsk struct {
	Card         string `json:"card"`
	ReceiptProof Bytes  `json:"receipt_proof"`
	StaticProof  Bytes  `json:"static_proof"`
}

// EnrolAnswer is what it learns: where it stands, as what, and how it is to know and reach its network from now on.
type EnrolAnswer struct {
	Network    string             `json:"network"`
	Locker     lockhouse.LockerID `json:"locker"`
	Site       string             `json:"site"` // its name
	Name       string             `json:"name"` // to be painted on the locker
	LineURL    string             `json:"line_url"`
	IssuerKeys []Bytes            `json:"issuer_keys"`
}

// EncodeEnrol gives one of the two as JSON.
func EncodeEnrol(message any) ([]byte, error) { return json.Marshal(message, json.Deterministic(true)) }

// DecodeEnrolAsk reads what a locker said.
func DecodeEnrolAsk(data []byte) (ask EnrolAsk, err error) {
	return ask, decodeEnrol(data, MaxEnrolAskBytes, &ask)
}

// DecodeEnrolAnswer reads what a network said.
func DecodeEnrolAnswer(data []byte) (answer EnrolAnswer, err error) {
	return answer, decodeEnrol(data, MaxEnrolAnswerBytes, &answer)
}

func decodeEnrol(data []byte, maxBytes int, into any) error {
	if len(data) > maxBytes {
		return lockhouse.Refuse(lockhouse.CodeBodyTooLarge, "This has %d bytes; at most %d are read.", len(data), maxBytes)
	}
	if err := json.Unmarshal(data, into, json.RejectUnknownMembers(true)); err != nil {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "This is not what is said at an enrolment.").Because(err)
	}
	return nil
}
