package uplink

import (
	"lockhouse"
	"lockhouse/wire"
)

// tellFigures says what the locker measured of itself. Nothing is said while it has measured nothing.
func (l *line) tellFigures() error {
	said := wire.Figures{Days: l.agent.Figures()}
	if len(said.Days) == 0 {
		return nil
	}
	l.measured = said
	return l.conn.say(said)
}

// noteFigures says it again where there is something to say: a day that ended, a door that was asked for, or some minutes more.
func (l *line) noteFigures() error {
	now, was := l.agent.Figures(), l.measured.Days
	if len(now) == 0 {
		return nil
	}
	if len(was) == len(now) {
		a, b := was[len(was)-1], now[len(now)-1]
		if a.Day == b.Day && asked(a) == asked(b) && b.ThroughS < a.ThroughS+restingS {
			return nil
		}
	}
	return l.tellFigures()
}

func asked(f lockhouse.Figures) int { return f.Authorised.Count() + f.Starts }
