package sqlite

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3/driver"
	"github.com/pressly/goose/v3"

	"lockhouse"
	"lockhouse/store"
)

// TestRoomsMigrate: a file from before rooms were one row has the same room afterwards.
func TestRoomsMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lockhouse.db")
	db, err := driver.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	g, err := goose.NewProvider(goose.DialectSQLite3, db, steps)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.UpTo(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`INSERT INTO sites SELECT 'site_1', 1, '', '', '', '', '', '', '', '', '', 0.0, 0.0, 'UTC', '{}', '', 0, 0, '', '', '', 3, 0;
		INSERT INTO sites SELECT 'site_2', 2, '', '', '', '', '', '', '', '', '', 0.0, 0.0, 'UTC', '{}', '', 0, 0, '', '', '', 3, 0;
		INSERT INTO room_capacity VALUES ('site_1', 1, 4), ('site_1', 3, 2);
		INSERT INTO room_load VALUES ('site_1', 20780, 1, 3), ('site_1', 20781, 3, 300), ('site_1', 20782, 1, 0)`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(t.Context(), path); lockhouse.CodeOf(err) != lockhouse.CodeConflict || !strings.Contains(err.Error(), "lockhouse migrate") {
		t.Fatalf("an old file was opened, or nobody says what to do: %v, %v", s, err)
	}
	if err := Migrate(t.Context(), path, func(string) {}); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = s.View(t.Context(), func(tx store.Tx) error {
		room, err := tx.Room("site_1")
		if room.Have.Of(1) != 4 || room.Have.Of(3) != 2 || room.KeptOn(20_780).Of(1) != 3 || room.KeptOn(20_781).Of(3) != 300 || room.KeptOn(20_782) != nil {
			t.Errorf("got %+v", room)
		}
		all, _ := tx.ListRooms("", 10)
		if len(all) != 1 {
			t.Errorf("rooms of %v", all)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
