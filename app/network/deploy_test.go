package network

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lockhouse"
	"lockhouse/store"
)

// named are the series that a text speaks of.
var named = regexp.MustCompile(`\b(?:lockhouse|go|process)_[a-z_]+\b`)

// TestWhatIsWatchedExists: every series that the dashboard, the alerts and the guide name is one that a network shows, and
// the dashboard shows every series and every queue.
func TestWhatIsWatchedExists(t *testing.T) {
	n := open(t, config(t), io.Discard)
	defer n.Close()
	families, err := n.watching.meters.Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, f := range families {
		shown[f.GetName()] = true
	}
	read := func(path ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	board := read("deploy", "grafana-lockhouse.json")
	for what, text := range map[string]string{"dashboard": board, "alerts": read("deploy", "prometheus-lockhouse.yml"), "guide": read("docs", "howto", "watch-it.md")} {
		names := named.FindAllString(text, -1)
		if len(names) < 5 {
			t.Errorf("the %s names %d series", what, len(names))
		}
		for _, name := range names {
			whole := name
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				name = strings.TrimSuffix(name, suffix)
			}
			if !shown[name] && !shown[whole] {
				t.Errorf("the %s names %s, which no network shows", what, whole)
			}
		}
	}
	for name := range shown {
		if strings.HasPrefix(name, "lockhouse_") && name != "lockhouse_build_info" && !strings.Contains(board, name) {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
	everyQueue(t, board)
	for _, q := range n.watching.queues {
		if q.Name == "" || q.Beyond == "" || (q.Bound > 0) == (q.MaxAge > 0) {
			t.Errorf("%+v", q)
		}
	}
}

// everyQueue holds that the dashboard repeats a panel for each queue that there is, with its bound.
func everyQueue(t *testing.T, text string) {
	t.Helper()
	var board struct {
		Panels []struct {
			Repeat  string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Query string }
		}
	}
	if err := json.Unmarshal([]byte(text), &board); err != nil {
		t.Fatal(err)
	}
	repeated := false
	for _, p := range board.Panels {
		var all string
		for _, target := range p.Targets {
			all += target.Expr
		}
		if p.Repeat == "queue" {
			repeated = strings.Contains(all, `lockhouse_queue_length{queue="$queue"`) && strings.Contains(all, `lockhouse_queue_bound{queue="$queue"`) &&
				strings.Contains(all, `lockhouse_queue_max_age_seconds{queue="$queue"`)
		}
		if strings.Count(all, "(") != strings.Count(all, ")") || strings.Count(all, "{") != strings.Count(all, "}") {
			t.Errorf("unbalanced: %s", all)
		}
	}
	for _, v := range board.Templating.List {
		if v.Name == "queue" {
			repeated = repeated && v.Query == "label_values(lockhouse_queue_length, queue)"
		}
	}
	if !repeated {
		t.Error("no panel is repeated for each queue with its bound")
	}
}

// TestSeriesAreBounded: however strange what is asked, there is no series more for it.
func TestSeriesAreBounded(t *testing.T) {
	n := open(t, config(t), io.Discard)
	defer n.Close()
	count := func() (all int) {
		families, err := n.watching.meters.Registry().Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			all += len(f.GetMetric())
		}
		return all
	}
	m := n.watching.meters
	ask := func(word string) {
		for _, status := range []int{200, 404, 503, 0, 999} {
			m.Requests.Answered("GET /"+word, status, "", 1)
			m.Requests.Answered("GET /v1/about", status, "malformed", 1)
			m.Requests.Answered("GET /v1/about", status, lockhouse.Code(word), 1)
		}
		m.Journey.Heard(lockhouse.EventKind(word))
		m.Lockers.Opened(word, "pulsed", 1)
		for len(n.watching.versions) < maxVersions { // the store gives no more
			n.watching.versions = append(n.watching.versions, store.VersionNow{Version: word + strconv.Itoa(len(n.watching.versions)), Lockers: 1})
		}
	}
	ask("first")
	before := count()
	for _, word := range []string{"one", "two", "three", "\"quoted\"", strings.Repeat("x", 1000)} {
		ask(word)
	}
	if after := count(); after != before {
		t.Errorf("%d series became %d", before, after)
	}
	if !slices.Contains(n.api.Routes(), "PUT /v1/holds/{reference}") {
		t.Error("routes are not declared")
	}
}
