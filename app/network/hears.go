package network

import (
	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/flow/notify"
	"lockhouse/link/shop"
	"lockhouse/store"
)

// hear reacts to an event, in the transaction that marks it as heard. It leaves work in queues and waits for nothing.
type hear func(store.Tx, lockhouse.Event) error

// hears is the one list of who hears which event. An event that stands nowhere here is only remembered, for timelines.
func (n *Network) hears() map[lockhouse.EventKind][]hear {
	tellRecipient := hear(notify.Hear)
	tellShop := func(tx store.Tx, e lockhouse.Event) error { return shop.Hear(tx, e, n.parts.Random) }
	return map[lockhouse.EventKind][]hear{
		lockhouse.EventHoldLapsed: {tellShop},

		lockhouse.EventParcelAnnounced:  {tellRecipient, tellShop},
		lockhouse.EventParcelInTransit:  {tellShop},
		lockhouse.EventParcelDroppedOff: {tellRecipient, tellShop},
		lockhouse.EventParcelMisfit:     {tellShop},
		lockhouse.EventParcelCollected:  {tellRecipient, tellShop},
		lockhouse.EventParcelOverdue:    {tellRecipient, tellShop},
		lockhouse.EventParcelExtended:   {tellShop},
		lockhouse.EventParcelRecalled:   {tellShop},
		lockhouse.EventParcelReturned:   {tellShop},

		lockhouse.EventParcelReaddressed: {tellRecipient},

		lockhouse.EventDoorService:   {tellRecipient},
		lockhouse.EventLockerRetired: {n.hangUpOn},
	}
}

// receipts is the one list of which step a locker's receipt belongs to.
func (r rooms) receipts() map[lockhouse.ReceiptKind]fleet.Hear {
	return map[lockhouse.ReceiptKind]fleet.Hear{
		lockhouse.ReceiptStored:    r.dropOff.Stored,
		lockhouse.ReceiptMisfit:    r.dropOff.Misfit,
		lockhouse.ReceiptCollected: r.collect.Collected,
		lockhouse.ReceiptTakenOut:  r.overdue.TakenOut,

		lockhouse.ReceiptService: r.service.Shut,

		lockhouse.ReceiptAuthorised: r.atDoor,
		lockhouse.ReceiptOpened:     r.atDoor,
		lockhouse.ReceiptNotOpened:  r.atDoor,
		lockhouse.ReceiptLeftOpen:   r.atDoor,
		lockhouse.ReceiptForced:     r.forced,
		lockhouse.ReceiptShut:       r.unlock.Remember,

		lockhouse.ReceiptBoardFault:  r.fleet.Fault,
		lockhouse.ReceiptBoardHealed: r.fleet.Fault,
		lockhouse.ReceiptStarted:     r.fleet.Fault,
	}
}

// forced is an alarm, and a moment in the parcel's timeline.
func (r rooms) forced(tx store.Tx, receipt lockhouse.Receipt) error {
	if err := r.fleet.Forced(tx, receipt); err != nil {
		return err
	}
	return r.unlock.Remember(tx, receipt)
}

// atDoor hears of a door that somebody was let through: for a parcel, or for service.
func (r rooms) atDoor(tx store.Tx, receipt lockhouse.Receipt) error {
	own, err := r.service.Heard(tx, receipt)
	if own || err != nil {
		return err
	}
	return r.unlock.Remember(tx, receipt)
}
