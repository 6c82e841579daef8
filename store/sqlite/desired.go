package sqlite

import "lockhouse"

func (t *tx) DesiredVersions(locker lockhouse.LockerID) (desired, actual uint64, err error) {
	both, err := must(t, noLocker, func(r *row) [2]int64 { return [2]int64{r.int64(), r.int64()} },
		`SELECT desired_version, actual_version FROM lockers WHERE id = ?`, locker)
	return uint64(both[0]), uint64(both[1]), err
}

func (t *tx) SetDesiredVersion(locker lockhouse.LockerID, version uint64) error {
	return t.change(noLocker, `UPDATE lockers SET desired_version = ? WHERE id = ?`, int64(version), locker)
}

func (t *tx) SetActualVersion(locker lockhouse.LockerID, version uint64) error {
	return t.change(noLocker, `UPDATE lockers SET actual_version = ? WHERE id = ?`, int64(version), locker)
}

func (t *tx) UpdateChannel(locker lockhouse.LockerID) (string, error) {
	return must(t, noLocker, func(r *row) string { return r.text() }, `SELECT update_channel FROM lockers WHERE id = ?`, locker)
}

func (t *tx) SetUpdateChannel(locker lockhouse.LockerID, channel string) error {
	return t.change(noLocker, `UPDATE lockers SET update_channel = ? WHERE id = ?`, channel, locker)
}

func (t *tx) RaiseDesiredVersions() error {
	return t.conn.run(`UPDATE lockers SET desired_version = desired_version + 1 WHERE retire_done_at = 0`)
}

func (t *tx) LockersBehind() (int, error) {
	n, _, err := one(t, (*row).int, `SELECT count(*) FROM lockers WHERE retire_done_at = 0 AND actual_version < desired_version`)
	return n, err
}

func (t *tx) AgentVersion(locker lockhouse.LockerID) (string, error) {
	return must(t, noLocker, (*row).text, `SELECT agent_version FROM lockers WHERE id = ?`, locker)
}

func (t *tx) SetAgentVersion(locker lockhouse.LockerID, version string) error {
	return t.change(noLocker, `UPDATE lockers SET agent_version = ? WHERE id = ?`, version, locker)
}

func readPanel(r *row) lockhouse.Panel { return lockhouse.ReadPanel(r.text(), r.int()) }

func (t *tx) Panel(locker lockhouse.LockerID) (lockhouse.Panel, error) {
	return must(t, noLocker, readPanel, `SELECT panel, panel_mm FROM lockers WHERE id = ?`, locker)
}

func (t *tx) SetPanel(locker lockhouse.LockerID, p lockhouse.Panel) error {
	return t.change(noLocker, `UPDATE lockers SET panel = ?, panel_mm = ? WHERE id = ?`, p.String(), p.HeightMM, locker)
}
