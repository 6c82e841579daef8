package doctor

import (
	"context"
	"fmt"
	"os"
	"strings"

	"lockhouse"
	"lockhouse/app/locker"
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
	p.zone()
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

// zone says in which zone the hours are, where that is not what somebody here would expect.
func (p *Patient) zone() {
	said, is := p.saidZone(), p.updates()
	if _, err := lockhouse.Zone(said); said != "" && err != nil {
		p.say("updates", Warning, fmt.Sprintf("The network says that this locker is in the time zone %s, which this version does not know.", said),
			"Correct the zone of its site in the network. If it is right, it is a new one: a newer version of the agent knows it.")
	}
	switch {
	case is.Zoneless(p.Local, p.Now()):
		p.say("updates", Note, "New versions begin at any hour at which nobody is there, and not in their hours ("+is.Hours+"): neither the network nor this machine has said in which time zone it is.",
			"It learns it when its line is up. Or timedatectl set-timezone Europe/Paris, or whatever it is; or set updates.zone.")
	case is.Hours != "" && p.config.Updates.Zone != "" && is.Zone != p.config.Updates.Zone:
		p.say("updates", Note, fmt.Sprintf("The hours are in %s, as the network says, and not in %s, as it is set here (updates.zone).", is.Zone, p.config.Updates.Zone), "If the network is wrong, correct the zone of the locker's site there.")
	}
}

// saidZone is the one that the network says, as far as an agent that runs knows it.
func (p *Patient) saidZone() string {
	if p.running == nil {
		return ""
	}
	return p.running.Agent.Zone
}

// updates are the settings as they hold with the network's word.
func (p *Patient) updates() locker.Updates { return p.config.Updates.In(p.saidZone()) }

// hours says when a version is tried.
func (p *Patient) hours(b *update.Build) string {
	u := p.updates()
	if b.Urgent || u.Hours == "" {
		return ""
	}
	return ", in its hours (" + strings.TrimSpace(u.Hours+" "+u.Zone) + ")"
}
