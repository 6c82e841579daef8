package lockhouse

import "time"

// Keyset is what a locker's network has of the three keys that the locker changes together: two public halves, and the key that both share.
type Keyset struct {
	Name    KeysetName // zero of the keyset that came at the enrolment
	Static  []byte     // P-256, uncompressed, 65 bytes
	Receipt []byte     // P-256, uncompressed, 65 bytes
	Shared  []byte     // 16 bytes
}

// KeysetName is the start of the SHA-256 of the card by which a keyset came.
type KeysetName [8]byte

// MaxFormerLife is for how long a former keyset is taken: as long as a grant may be good that was made for it.
const MaxFormerLife = 45 * 24 * time.Hour

// Rekeying is where a locker stands with its keysets. It has one; while it changes there is a next one, of which the network knows
// and which was not used yet; after that the former one is taken until it is forgotten.
type Rekeying struct {
	Number  int // of the present keyset; 0 came at the enrolment
	Present Keyset
	AskedAt time.Time // when the next one was asked for; zero: none is
	Next    Keyset    // without a name: none is known

	ChangedAt time.Time // when the present one was first used; zero: it came at the enrolment
	Former    Keyset    // without a shared key: it is forgotten, or there was none
	Through   uint64    // the last receipt that was signed with the former one
}

// Known tells whether a next keyset is known, and was not used yet.
func (r Rekeying) Known() bool { return r.Next.Name != KeysetName{} }

// TakesFormer tells whether the former keyset is still taken.
func (r Rekeying) TakesFormer() bool { return len(r.Former.Shared) > 0 }

// ReceiptKey is a key by which receipts are known, and up to which number.
type ReceiptKey struct {
	Key     []byte // 65 bytes
	Through uint64 // 0 for all
}

// ReceiptKeys gives those by which the locker's receipts are known, where those up to applied have had their effect. The former key
// signed nothing after its last one; forgotten, it is known until that has arrived.
func (r Rekeying) ReceiptKeys(applied uint64) []ReceiptKey {
	keys := []ReceiptKey{{Key: r.Present.Receipt}}
	if r.Known() {
		keys = append(keys, ReceiptKey{Key: r.Next.Receipt})
	}
	if r.Through > 0 && (r.TakesFormer() || applied < r.Through) {
		keys = append(keys, ReceiptKey{r.Former.Receipt, r.Through})
	}
	return keys
}
