package api_test

import (
	"testing"
	"time"

	"lockhouse"
)

// told has the world's locker say its figures of a day with so many openings of 400 ms, and one that took two seconds.
func (w *world) told(day lockhouse.Day, throughS, openings int) lockhouse.Figures {
	w.t.Helper()
	f := lockhouse.NewFigures(day)
	f.ThroughS, f.RunningS, f.AbleS, f.Starts = throughS, throughS, throughS*9/10, 1
	for i := range openings {
		took := 400 * time.Millisecond
		if i == 0 {
			took = 2 * time.Second
		}
		for _, s := range []lockhouse.Spread{f.Authorised, f.Pulsed, f.Open} {
			s.Add(took)
		}
	}
	if err := w.Fleet().Figures(w.t.Context(), w.locker.ID, []lockhouse.Figures{f}); err != nil {
		w.t.Fatal(err)
	}
	return f
}

// The public sees what the locker measured, and not when somebody collected: no day that goes on, round numbers, and of few
// openings no time. The operator sees all of it.
func TestFigures(t *testing.T) {
	w := open(t, 2, nil)
	address, operators := "/v1/sites/"+string(w.site)+"/figures", "/v1/operator/sites/"+string(w.site)+"/figures"
	month := func(r reply) map[string]any {
		return r.at("lockers").([]any)[0].(map[string]any)["month"].(map[string]any)
	}
	days := func(r reply) []any { return r.at("lockers").([]any)[0].(map[string]any)["days"].([]any) }
	p50 := func(m any) any { return m.(map[string]any)["tap_to_door"].(map[string]any)["p50_ms"] }
	empty := w.call("GET", address, "", nil).is(200)
	if len(days(empty)) != 0 || month(empty)["uptime"] != nil || p50(month(empty)) != nil {
		t.Fatalf("nothing was measured yet: %s", empty.raw)
	}
	today := w.Fleet().Today()
	few, many := w.told(today-2, lockhouse.DayS, 9), w.told(today-1, lockhouse.DayS, 27)
	now := w.told(today, 50_000, 3)
	got := w.call("GET", address, "", nil).is(200)
	if d := days(got); len(d) != 2 || p50(d[0]) != nil || d[0].(map[string]any)["openings"] != 0. || d[1].(map[string]any)["openings"] != 20. ||
		p50(d[1]) != float64(many.Open.Quantile(0.5).Milliseconds()) {
		t.Fatalf("%s", got.raw)
	}
	if m := month(got); m["openings"] != 30. || m["uptime"] != 0.9 || m["tap_to_door"].(map[string]any)["p95_ms"] != float64(many.Open.Quantile(0.5).Milliseconds()) &&
		m["tap_to_door"].(map[string]any)["p95_ms"] != float64(many.Open.Quantile(1).Milliseconds()) {
		t.Errorf("%v", m)
	}
	all := w.call("GET", operators, w.secrets[lockhouse.ScopeOperator], nil).is(200)
	if d := days(all); len(d) != 3 || d[0].(map[string]any)["openings"] != 9. || p50(d[0]) != float64(few.Open.Quantile(0.5).Milliseconds()) || p50(d[2]) != float64(now.Open.Quantile(0.5).Milliseconds()) {
		t.Errorf("%s", all.raw)
	}
	w.call("GET", operators, "", nil).refused(401, lockhouse.CodeUnauthorised)
	w.call("GET", "/v1/sites/site_none/figures", "", nil).refused(404, lockhouse.CodeNotFound)
	listed := w.call("GET", "/v1/figures", "", nil).is(200)
	if s := listed.at("sites").([]any); len(s) != 1 || s[0].(map[string]any)["id"] != string(w.site) {
		t.Errorf("%s", listed.raw)
	}
}
