package lockhouse

import "time"

// Service is an opening of one compartment by somebody who is neither courier nor recipient: a door that sticks, a
// compartment to clean. It takes two people, and is entered in the register before any door opens.
type Service struct {
	Ref         ParcelRef // by which grant and receipts name it
	Locker      LockerID
	Compartment int
	Reason      ServiceReason
	PhoneKey    []byte // of the phone that may open, P-256, 65 bytes
	AskedBy     KeyID
	AskedAt     time.Time
	ApprovedBy  KeyID     // "" until a second person said yes
	ApprovedAt  time.Time // zero until then
	OpenedAt    time.Time // zero until the locker said so
	DeclinedBy  KeyID     // "" unless somebody said no, or who asked took it back
	DeclinedAt  time.Time // zero until then
}

// ServiceState is how far an opening for service has come.
type ServiceState string

// The states. Those below approved are ends.
const (
	ServiceAsked    ServiceState = "asked"    // a second person may say yes
	ServiceApproved ServiceState = "approved" // the phone may open
	ServiceOpened   ServiceState = "opened"
	ServiceDeclined ServiceState = "declined"
	ServiceLapsed   ServiceState = "lapsed" // nobody said yes in time
	ServiceMissed   ServiceState = "missed" // it was approved, and not opened in time
	ServiceVoid     ServiceState = "void"   // one of the two keys behind it was revoked before the door was open
)

// State gives how far it has come at a moment; whether the keys behind it are still good, it does not know.
func (s Service) State(now time.Time) ServiceState {
	switch {
	case !s.OpenedAt.IsZero():
		return ServiceOpened
	case s.DeclinedBy != "":
		return ServiceDeclined
	case s.ApprovedBy == "" && now.Before(s.AskedAt.Add(ServiceApproval)):
		return ServiceAsked
	case s.ApprovedBy == "":
		return ServiceLapsed
	case now.Before(s.ApprovedAt.Add(ServiceOpening)):
		return ServiceApproved
	}
	return ServiceMissed
}

// ServiceReason is why a door is opened for service: one word of a few, for the register is public.
type ServiceReason string

// The reasons.
const (
	ServiceStuckDoor  ServiceReason = "stuck_door"
	ServiceCleaning   ServiceReason = "cleaning"
	ServiceInspection ServiceReason = "inspection"
	ServiceSafety     ServiceReason = "safety"     // something in it smells, leaks or smokes
	ServiceAssistance ServiceReason = "assistance" // its recipient is there and can't open it
)

// ServiceReasons lists them.
func ServiceReasons() []ServiceReason {
	return []ServiceReason{ServiceStuckDoor, ServiceCleaning, ServiceInspection, ServiceSafety, ServiceAssistance}
}

// How long the second person has to say yes, and then the phone to open.
const (
	ServiceApproval = 15 * time.Minute
	ServiceOpening  = 15 * time.Minute
)
