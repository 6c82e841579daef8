package doctor

import (
	"context"
	"fmt"
	"os"

	"lockhouse/edge/update"
)

// versions says where new versions of the agent stand.
func versions(_ context.Context, p *Patient) {
	if p.config.Updates.URL == "" {
		p.say("updates", Note, "New versions come with the package alone (updates.url is empty).", "")
		return
	}
	if _, err := os.Stat(p.config.Updates.Root); err != nil {
		p.say("updates", Fault, fmt.Sprintf("There is no root of trust for new versions: %v.", err), "Put root.json of the repository there, or empty updates.url.")
		return
	}
	if p.config.Updates.Zoneless(p.Local, p.Now()) {
		p.say("updates", Note, "New versions begin at any hour at which nobody is there, and not in their hours ("+p.config.Updates.Hours+"): this machine was never told its time zone.",
			"timedatectl set-timezone Europe/Paris, or whatever it is; or set updates.zone.")
	}
	s, err := update.In(p.config.StateDir).Read()
	if err != nil {
		p.say("updates", Warning, fmt.Sprintf("What is known of versions can't be read: %v.", err), "The package's version is started, and a new one fetched; nothing has to be done.")
		return
	}
	switch f, failed := s.LastFailure(); {
	case s.Trial != nil:
		p.say("updates", Note, fmt.Sprintf("Version %s is on trial (start %d).", s.Trial.Version, s.Trial.Starts), "")
	case failed:
		p.say("updates", Warning, fmt.Sprintf("Version %s was given up: %s.", f.Version, f.Why), "Publish another one; this locker goes on with the one before.")
	case s.Staged != nil:
		p.say("updates", Note, fmt.Sprintf("Version %s is here, and is tried when nobody is at the locker%s.", s.Staged.Version, p.hours(s.Staged)), "")
	default:
		p.fine("updates", "No new version waits.")
	}
}

// hours says when a version is tried.
func (p *Patient) hours(b *update.Build) string {
	if b.Urgent || p.config.Updates.Hours == "" {
		return ""
	}
	return ", in its hours (" + p.config.Updates.Hours + ")"
}
