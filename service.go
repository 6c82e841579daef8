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
