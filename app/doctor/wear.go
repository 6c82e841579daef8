package doctor

import (
	"context"
	"fmt"

	"lockhouse/app/locker"
)

// wear asks the flash chip below the state directory how much of its life is used. SD cards and USB sticks don't say.
func wear(_ context.Context, p *Patient) { p.worn(locker.FlashWear(p.config.StateDir)) }

func (p *Patient) worn(tenths int) {
	used := fmt.Sprintf("The flash disk has used up %d to %d %% of its life.", (tenths-1)*10, tenths*10)
	switch {
	case tenths >= locker.WornTenths:
		p.say("disk", Warning, used, "Change it before it fails; the state directory moves with it.")
	case tenths > 0:
		p.fine("disk", used)
	}
}
