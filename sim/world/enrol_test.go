package world_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	assembly "lockhouse/app/locker"
	"lockhouse/edge/enrol"
	"lockhouse/internal/browser"
	"lockhouse/trust/credential"
)

// TestLockerComesAndGoes: an operator makes a code at the page; the locker that is enrolled by it shows up there without a reload.
// The page says which agent a locker runs, sets from where it takes new ones, and retires lockers: one waits for what lies inside,
// another is believed no more. A code that was withdrawn lets nobody in.
func TestLockerComesAndGoes(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	s.dropOff(s.order())
	p := browser.Open(t, browser.Options{}).Page(t, browser.Desk)
	s.signsIn(p, s.ConsoleURL())
	p.Click("[data-test=site] a")
	p.WaitText("[data-test=agent-version]", "test")
	p.WaitText("[data-test=keeping]", "Nothing was")
	p.WaitText("[data-test=keyset]", "As they came with it")

	p.Click("[data-test=edit-channel]")
	p.Type("[data-test=channel-field]", "trial")
	s.keep(p, "locker-channel")
	p.Click("[data-test=save-channel]")
	p.WaitText("[data-test=channel]", "trial")
	p.WaitText("[data-test=keeping]", "It keeps to it (version 1)")

	p.Click("[data-test=new-locker] summary")
	p.Type("[data-test=locker-name]", "B")
	p.Click("[data-test=make-code]")
	withdrawn := s.codeOn(p)
	s.keep(p, "locker-code")
	p.Click("[data-test=withdraw]")
	p.Click("[data-test=withdraw-yes]")
	p.WaitGone("[data-test=code-slip]")
	if err := s.enrols(withdrawn); err == nil {
		t.Fatal("a locker came by a code that was withdrawn")
	}
	p.Type("[data-test=locker-name]", "B")
	p.Click("[data-test=make-code]")
	must(t, s.enrols(s.codeOn(p)))
	p.WaitText("[data-test=came]", "Locker B has come")
	const newOne = "section[aria-label='Locker B']"
	p.WaitText(newOne, "Never heard")
	s.keep(p, "locker-came")

	p.Click(locker + " [data-test=retire-more] summary")
	p.Click(locker + " [data-test=retire]")
	p.Click(locker + " [data-test=retire-yes]")
	p.WaitText(locker+" [data-test=retiring]", "Waiting until compartment")
	p.Click(locker + " [data-test=destroyed]")
	p.Click(locker + " [data-test=destroyed-yes]")
	p.WaitText(locker+" [data-test=retired]", "It takes nothing more")
	p.Click(newOne + " [data-test=retire-more] summary")
	p.Click(newOne + " [data-test=stolen]")
	p.Click(newOne + " [data-test=stolen-yes]")
	p.WaitText(newOne+" [data-test=retired]", "Retired as stolen")
	s.keep(p, "locker-retired")
	p.Go(s.RegisterURL())
	p.Wait("[data-test=verdict][data-verdict=holds]")
	p.WaitText("main", "Retired as stolen")
	p.WaitText("main", "Retired, with parcels inside")
	p.WaitText("main", "Retired, and destroyed")
}

// codeOn reads the code that the page shows, once.
func (s *stage) codeOn(p *browser.Page) credential.EnrolCode {
	s.t.Helper()
	p.Wait("[data-test=new-code]")
	code, err := credential.ParseEnrolCode(browser.Eval[string](p, `document.querySelector("[data-test=new-code]").textContent`))
	must(s.t, err)
	return code
}

// enrols is what a technician does at a new locker of two doors.
func (s *stage) enrols(code credential.EnrolCode) error {
	s.t.Helper()
	c, dir := assembly.Defaults(), s.t.TempDir()
	c.StateDir, c.Compartments = filepath.Join(dir, "state"), filepath.Join(dir, "compartments.csv")
	must(s.t, os.WriteFile(c.Compartments, []byte("number,size,rank,column,row,floor_mm,board,channel\n1,M,2,1,1,150,0,0\n2,S,1,1,2,580,0,1\n"), 0o600))
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	_, err := assembly.Enrol(ctx, c, enrol.Network{URL: s.URL(), Random: rand.Reader}, code)
	return err
}
