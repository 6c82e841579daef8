package lockhouse_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	quoted   = regexp.MustCompile("`([^`\n]+)`")
	filePath = regexp.MustCompile(`^[a-z0-9_/-]+\.(go|md)$`)
	goName   = regexp.MustCompile(`^[A-Za-z]\w*$`)
)

// docs/howto/add-a-lock-board.md is followed to the letter by people who have never seen the code. So every file that it
// names is there, and every name stands in one of those files.
func TestHowToAddALockBoardIsTrue(t *testing.T) {
	text, err := os.ReadFile("docs/howto/add-a-lock-board.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	var names []string
	for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
		switch word := m[1]; {
		case filePath.MatchString(word):
			content, err := os.ReadFile(filepath.FromSlash(word))
			if err != nil {
				t.Errorf("it names %s: %v", word, err)
			}
			code.Write(content)
		case goName.MatchString(word):
			names = append(names, word)
		}
	}
	for _, command := range []string{"edge/board/board.go", "cmd/lockhouse-agent/main.go"} { // where codes and commands stand
		content, err := os.ReadFile(command)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(content)
	}
	for _, name := range names {
		if !regexp.MustCompile(`\b` + name + `\b`).MatchString(code.String()) {
			t.Errorf("it names %s, which is in none of the files that it names", name)
		}
	}
	if len(names) < 20 {
		t.Errorf("only %d names were found: does this test read the page as it is written?", len(names))
	}
}
