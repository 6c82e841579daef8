package wire

import (
	"fmt"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// DecodePresentation reads the payload of a first message.
func DecodePresentation(data []byte) (Presentation, error) {
	var p Presentation
	if err := strictcbor.Decode(data, MaxMessageBytes, &p); err != nil {
		return Presentation{}, refused(err)
	}
	if err := p.check(); err != nil {
		return Presentation{}, err
	}
	return p, nil
}

// DecodeCarrying reads the payload of a first message that came by radio, with mail or without (nil).
func DecodeCarrying(data []byte) (p Presentation, mail []byte, err error) {
	if len(data) == 0 || data[0] != carryingHead {
		p, err = DecodePresentation(data)
		return p, nil, err
	}
	var c Carrying
	if err := strictcbor.Decode(data, MaxMessageBytes, &c); err != nil {
		return Presentation{}, nil, refused(err)
	}
	if len(c.Mail) == 0 || len(c.Mail) > MaxMailBytes {
		return Presentation{}, nil, refused(fmt.Errorf("mail of %d bytes", len(c.Mail)))
	}
	p = Presentation{Grant: c.Grant, Proof: c.Proof, Open: c.Open}
	if err := p.check(); err != nil {
		return Presentation{}, nil, err
	}
	return p, c.Mail, nil
}

const carryingHead = 0x84 // an array of four

// DecodeRelayed reads the payload of a first message that came over the line.
func DecodeRelayed(data []byte) (p Presentation, presence []byte, err error) {
	var r Relayed
	if err := strictcbor.Decode(data, MaxMessageBytes, &r); err != nil {
		return Presentation{}, nil, refused(err)
	}
	p = Presentation{Grant: r.Grant, Proof: r.Proof, Open: r.Open}
	if err := p.check(); err != nil {
		return Presentation{}, nil, err
	}
	if !IsPresence(r.Presence) {
		return Presentation{}, nil, refused(fmt.Errorf("a presence code of %d bytes", len(r.Presence)))
	}
	return p, r.Presence, nil
}

func (p Presentation) check() error {
	if len(p.Grant) == 0 || len(p.Grant) > MaxGrantBytes || len(p.Proof) != proofBytes {
		return refused(fmt.Errorf("grant of %d bytes, proof of %d", len(p.Grant), len(p.Proof)))
	}
	if p.Open != nil && *p.Open >= lockhouse.MaxTargets {
		return refused(fmt.Errorf("target %d", *p.Open))
	}
	return nil
}

// IsPresence tells whether something has the form of a presence code: 6 to 8 decimal digits.
func IsPresence(code []byte) bool {
	for _, c := range code {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(code) >= MinPresenceDigits && len(code) <= MaxPresenceDigits
}

// DecodeAdmission reads the payload of the locker's answer.
func DecodeAdmission(data []byte) (Admission, error) {
	if len(data) > 0 && data[0] == succeededHead {
		return decodeSucceeded(data)
	}
	var a Admission
	if err := strictcbor.Decode(data, MaxMessageBytes, &a); err != nil {
		return Admission{}, refused(err)
	}
	return a, checkReceipt(a.Receipt)
}

const succeededHead = 0x85 // an array of five

func decodeSucceeded(data []byte) (Admission, error) {
	var s succeeded
	if err := strictcbor.Decode(data, MaxMessageBytes, &s); err != nil {
		return Admission{}, refused(err)
	}
	if len(s.Succession) != SuccessionBytes {
		return Admission{}, refused(fmt.Errorf("a succession of %d bytes", len(s.Succession)))
	}
	a := Admission{Admitted: s.Admitted, Opening: s.Opening, Compartment: s.Compartment, Receipt: s.Receipt, Succession: s.Succession}
	return a, checkReceipt(a.Receipt)
}

// DecodeUp reads what a phone sends inside the channel: Open, Misfit, Tail or Bye.
func DecodeUp(data []byte) (any, error) {
	switch kindOf(data) {
	case kindOpen:
		m, err := decode[Open](data)
		return m, orElse(err, checkIndex(m.Index))
	case kindMisfit:
		m, err := decode[Misfit](data)
		return m, orElse(err, checkIndex(m.Index))
	case kindTail:
		m, err := decode[Tail](data)
		if err == nil && (m.N < 1 || m.N > MaxTail) {
			err = refused(fmt.Errorf("a tail of %d", m.N))
		}
		return m, err
	case kindBye:
		return decode[Bye](data)
	}
	return nil, refused(fmt.Errorf("kind %d from a phone", kindOf(data)))
}

// DecodeDown reads what a locker sends inside the channel: Answer, DoorNews or Receipts.
func DecodeDown(data []byte) (any, error) {
	switch kindOf(data) {
	case kindAnswer:
		m, err := decode[Answer](data)
		return m, orElse(err, checkIndex(m.Index), checkReceipt(m.Receipt))
	case kindDoorNews:
		m, err := decode[DoorNews](data)
		if err == nil && (m.Event < DoorOpened || m.Event > DoorUnknown) {
			err = refused(fmt.Errorf("door event %d", m.Event))
		}
		return m, orElse(err, checkIndex(m.Index), checkReceipt(m.Receipt))
	case kindReceipts:
		m, err := decode[Receipts](data)
		if len(m.Receipts) > MaxTail {
			err = orElse(err, refused(fmt.Errorf("%d receipts", len(m.Receipts))))
		}
		for _, r := range m.Receipts {
			err = orElse(err, checkReceipt(r))
		}
		return m, err
	}
	return nil, refused(fmt.Errorf("kind %d from a locker", kindOf(data)))
}

// kindOf looks at the first element of a short array; 0 is no kind.
func kindOf(data []byte) kind {
	if len(data) < 2 || data[0] < 0x81 || data[0] > 0x87 {
		return 0
	}
	return kind(data[1])
}

func decode[M any](data []byte) (M, error) {
	var m M
	if err := strictcbor.Decode(data, MaxMessageBytes, &m); err != nil {
		var none M
		return none, refused(err)
	}
	return m, nil
}

func checkIndex(index uint8) error {
	if index >= lockhouse.MaxTargets {
		return refused(fmt.Errorf("target %d", index))
	}
	return nil
}

func checkReceipt(receipt []byte) error {
	if len(receipt) > MaxReceiptBytes {
		return refused(fmt.Errorf("a receipt of %d bytes", len(receipt)))
	}
	return nil
}

// orElse gives the first error, if any.
func orElse(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
