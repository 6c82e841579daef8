package postgres

import "lockhouse"

func (t *tx) DesiredVersions(locker lockhouse.LockerID) (desired, actual uint64, err error) {
	both, found, err := oneKept(t, `locker`+string(locker), func(r *row) [2]int64 { return [2]int64{r.int64(), r.int64()} },
		`SELECT desired_version, actual_version FROM lockers WHERE id = $1`, locker)
	return uint64(both[0]), uint64(both[1]), orNone(found, noLocker, err)
}

func (t *tx) SetDesiredVersion(locker lockhouse.LockerID, version uint64) error {
	return t.change(noLocker, `UPDATE lockers SET desired_version = $1 WHERE id = $2`, int64(version), locker)
}

func (t *tx) SetActualVersion(locker lockhouse.LockerID, version uint64) error {
	return t.change(noLocker, `UPDATE lockers SET actual_version = $1 WHERE id = $2`, int64(version), locker)
}

func (t *tx) UpdateChannel(locker lockhouse.LockerID) (string, error) {
	channel, found, err := oneKept(t, `channel`+string(locker), func(r *row) string { return r.text() }, `SELECT update_channel FROM lockers WHERE id = $1`, locker)
	return channel, orNone(found, noLocker, err)
}

func (t *tx) SetUpdateChannel(locker lockhouse.LockerID, channel string) error {
	return t.change(noLocker, `UPDATE lockers SET update_channel = $1 WHERE id = $2`, channel, locker)
}

func (t *tx) RaiseDesiredVersions() error {
	return t.write(`UPDATE lockers SET desired_version = desired_version + 1 WHERE retire_done_at = 0`)
}

func (t *tx) LockersBehind() (int, error) {
	n, _, err := one(t, (*row).int, `SELECT count(*) FROM lockers WHERE retire_done_at = 0 AND actual_version < desired_version`)
	return n, err
}

func (t *tx) AgentVersion(locker lockhouse.LockerID) (string, error) {
	version, found, err := oneKept(t, `agent version`+string(locker), (*row).text, `SELECT agent_version FROM lockers WHERE id = $1`, locker)
	return version, orNone(found, noLocker, err)
}

func (t *tx) SetAgentVersion(locker lockhouse.LockerID, version string) error {
	return t.change(noLocker, `UPDATE lockers SET agent_version = $1 WHERE id = $2`, version, locker)
}

func readPanel(r *row) lockhouse.Panel { return lockhouse.ReadPanel(r.text(), r.int()) }

func (t *tx) Panel(locker lockhouse.LockerID) (lockhouse.Panel, error) {
	p, found, err := oneKept(t, `panel`+string(locker), readPanel, `SELECT panel, panel_mm FROM lockers WHERE id = $1`, locker)
	return p, orNone(found, noLocker, err)
}

func (t *tx) SetPanel(locker lockhouse.LockerID, p lockhouse.Panel) error {
	return t.change(noLocker, `UPDATE lockers SET panel = $1, panel_mm = $2 WHERE id = $3`, p.String(), p.HeightMM, locker)
}
