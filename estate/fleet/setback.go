package fleet

import (
	"context"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// A store that is set back to before a locker changed its keys knows the former ones alone, and whoever else has those could make a card as
// good as the locker's. What they can't make is this network's own word, from after the change, that the keyset was known to it: signed by the
// issuer, naming the keyset, and countersigned by the shared key that follows from it. The locker keeps it, shows it (Shown), and is known again.

// mayShow tells whether a locker may show its keys: it has said that it uses some which are not known here, and nobody has asked it for others.
func mayShow(r lockhouse.Rekeying, fault string) bool {
	return fault == faultUnknownKeys && r.AskedAt.IsZero() && !r.Known()
}

func (d *Desk) keysAndFault(ctx context.Context, locker lockhouse.LockerID) (r lockhouse.Rekeying, fault string, err error) {
	err = d.Store.View(ctx, func(tx store.Tx) error {
		if r, err = tx.Rekeying(locker); err != nil {
			return err
		}
		fault, err = tx.Fault(locker)
		return err
	})
	return r, fault, err
}

// Shown hears a locker whose keys are not known here say which they are, and this network's own word that they were; it tells whether they are the
// next keyset from now on, by which the locker is let in. Nobody need have asked for it: that word is never said of keys that nobody asked for.
// Where nothing is wrong with the keys that are known, it changes nothing.
func (d *Desk) Shown(ctx context.Context, locker lockhouse.LockerID, card, known []byte) (taken bool, err error) {
	_, err = d.rekeying(ctx, locker, func(tx store.Tx, r *lockhouse.Rekeying) error {
		taken = false
		fault, err := tx.Fault(locker)
		if err != nil || !mayShow(*r, fault) {
			return err
		}
		next, err := credential.VerifyKeyCard(locker, r.Present, d.Agrees, card)
		if err == nil {
			err = d.knew(locker, next, known)
		}
		if err != nil {
			return lockhouse.Refuse(lockhouse.CodeMalformed, "These are no keys of this locker's that were known here.").Because(err)
		}
		r.Next, taken = next, true
		return nil
	})
	return taken && err == nil, err
}

// knew refuses what is not the word of this network, with the issuer key that it has now, that a keyset was its locker's present one.
func (d *Desk) knew(locker lockhouse.LockerID, k lockhouse.Keyset, statement []byte) error {
	issuers, err := credential.NewIssuers(d.Agrees.PublicKey().Bytes())
	if err != nil {
		return err
	}
	said, err := credential.VerifyCommand(credential.Trusted{Issuers: issuers, Shared: k.Shared}, statement)
	if err == nil && (said.Locker != locker || said.Verb != lockhouse.CommandKnown || said.Keyset != k.Name) {
		err = credential.ErrRefused
	}
	return err
}
