package service

import (
	"slices"
	"time"

	"lockhouse"
)

func mayAsk(s lockhouse.Service, boxes []lockhouse.Compartment) error {
	if !slices.Contains(lockhouse.ServiceReasons(), s.Reason) {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "The reason %q is none of those that a compartment is opened for: %v.", s.Reason, lockhouse.ServiceReasons()).With("field", "reason")
	}
	if !slices.ContainsFunc(boxes, func(c lockhouse.Compartment) bool { return c.Number == s.Compartment }) {
		return lockhouse.Refuse(lockhouse.CodeNotFound, "There is no such compartment.")
	}
	return nil
}

// mayApprove refuses the person who asked, and anybody who comes too late.
func mayApprove(s lockhouse.Service, by lockhouse.KeyID, now time.Time) error {
	switch {
	case by == s.AskedBy:
		return lockhouse.Refuse(lockhouse.CodeForbidden, "Whoever asked for it can't approve it. It takes a second person, with an operator's key of their own.")
	case s.DeclinedBy != "":
		return lockhouse.Refuse(lockhouse.CodeConflict, "It was declined or taken back. Ask anew.")
	case s.ApprovedBy != "":
		return lockhouse.Refuse(lockhouse.CodeConflict, "It was approved already.")
	case now.Sub(s.AskedAt) >= lockhouse.ServiceApproval:
		return lockhouse.Refuse(lockhouse.CodeLapsed, "It was asked for more than %.0f minutes ago. Ask anew.", lockhouse.ServiceApproval.Minutes())
	}
	return nil
}

// mayDecline refuses what comes too late: a phone may have its grant by then.
func mayDecline(s lockhouse.Service) error {
	if s.ApprovedBy != "" {
		return lockhouse.Refuse(lockhouse.CodeConflict, "It was approved already: the phone may have its grant.")
	}
	return nil
}
