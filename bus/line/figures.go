package line

import (
	"context"

	"lockhouse"
	"lockhouse/wire"
)

// figures keeps what a locker measured of itself, and says so.
func (d *Desk) figures(ctx context.Context, locker lockhouse.LockerID, m wire.Figures) (any, error) {
	if err := d.Fleet.Figures(ctx, locker, m.Days); err != nil {
		return nil, err
	}
	last := m.Days[len(m.Days)-1]
	return wire.Counted{Day: last.Day, ThroughS: last.ThroughS}, nil
}
