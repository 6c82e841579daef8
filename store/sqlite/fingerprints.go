package sqlite

func (t *tx) Fingerprint(of string) ([]byte, error) {
	sum, _, err := one(t, (*row).blob, `SELECT sum FROM fingerprints WHERE of = ?`, of)
	return sum, err
}

func (t *tx) KeepFingerprint(of string, sum []byte) error {
	return t.insert("Another fingerprint is kept already.", `INSERT INTO fingerprints (of, sum) VALUES (?, ?)`, of, sum)
}

func (t *tx) ReplaceFingerprint(of string, sum []byte) error {
	return t.change("There is no fingerprint to replace.", `UPDATE fingerprints SET sum = ? WHERE of = ?`, sum, of)
}
