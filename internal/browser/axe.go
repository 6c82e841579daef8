package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// axeScript is where npm puts axe-core, seen from the root of the repository.
const axeScript = "web/node_modules/axe-core/axe.min.js"

// maxAxeWait bounds one look: axe-core reads the style of every element, which takes seconds on a long page and a busy machine.
const maxAxeWait = 3 * time.Minute

// violation is one broken rule as axe-core reports it.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Target  []any  `json:"target"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

const (
	axeRules = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	axeRun   = `axe.run(document, {runOnly: {type: "tag", values: ` + axeRules + `}, resultTypes: ["violations"]}).then(r => r.violations)`
)

// Axe looks at the page as it is now with axe-core (WCAG 2.2 A and AA, and what its authors think is good practice), and
// fails the test for each violation with the elements that it is about.
func Axe(t testing.TB, p *Page) {
	t.Helper()
	for _, violation := range axe(t, p) {
		t.Errorf("axe on %s: %s", p.screen.Name, violation)
	}
}

func axe(t testing.TB, p *Page) []violation {
	t.Helper()
	if !Eval[bool](p, `typeof axe !== "undefined"`) {
		script, err := os.ReadFile(filepath.Join(root(t), axeScript))
		if err != nil {
			t.Fatalf("axe-core is not installed; run: npm --prefix web ci (%v)", err)
		}
		p.step("load axe-core", chromedp.Evaluate[chromedp.Void](string(script)))
	}
	return evalWithin[[]violation](p, maxAxeWait, axeRun)
}

// String gives the rule, and each element with what is wrong with it.
func (v violation) String() string {
	var all strings.Builder
	fmt.Fprintf(&all, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, node := range v.Nodes {
		fmt.Fprintf(&all, "\n  %v %s\n    %s", node.Target, node.HTML, strings.ReplaceAll(node.Summary, "\n", "\n    "))
	}
	return all.String()
}

// root finds the root of the repository: the directory above the test's that holds go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = filepath.Dir(dir)
	}
}
